import Glibc
import Quantities

/// The text of an errno with its number, such as `No such file or directory (2)`.
func systemErrorText(_ code: Int32) -> String {
    var buffer = [UInt8](repeating: 0, count: 128)
    let result = buffer.withUnsafeMutableBytes { bytes -> Int32 in
        guard let start = bytes.assumingMemoryBound(to: CChar.self).baseAddress else { return -1 }
        return strerror_r(code, start, bytes.count)
    }
    guard result == 0 else { return "error \(code)" }
    return "\(String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)) (\(code))"
}

/// The kernel's monotonic clock.
@inline(__always)
func monotonicNow() -> MonotonicInstant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return MonotonicInstant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
}

/// Sleeps until this moment of the monotonic clock.
func sleep(until instant: MonotonicInstant) {
    var time = timespec(
        tv_sec: Int(instant.nanoseconds / 1_000_000_000), tv_nsec: Int(instant.nanoseconds % 1_000_000_000))
    while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
}
