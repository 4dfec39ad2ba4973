import Glibc
import Quantities

/// The kernel's monotonic clock.
func monotonicNow() -> MonotonicInstant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return MonotonicInstant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
}

/// Writes a whole line; a reader that went away is no error of the plant.
func writeLine(_ text: String, to descriptor: Int32) {
    let bytes = Array((text + "\n").utf8)
    var written = 0
    while written < bytes.count {
        let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + written }, $0.count - written) }
        if count <= 0 {
            if count < 0, errno == EINTR { continue }
            return
        }
        written += count
    }
}

/// Makes a descriptor non-blocking and closed on exec.
func setNonBlocking(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
}

/// What a read without waiting found.
enum Received: Equatable {
    case bytes([UInt8])
    case nothing
    case closed
}

/// Reads what is there, at most `limit` bytes.
func receive(_ descriptor: Int32, limit: Int = 4_096) -> Received {
    var buffer = [UInt8](repeating: 0, count: limit)
    let count = read(descriptor, &buffer, limit)
    if count > 0 { return .bytes(Array(buffer[..<count])) }
    if count < 0, errno == EAGAIN || errno == EINTR { return .nothing }
    return .closed
}
