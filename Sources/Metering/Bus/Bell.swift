internal import Glibc
internal import Quantities

/// Lets one thread sleep until a moment, and others wake it before.
final class Bell: Sendable {
    private let readEnd: Int32
    private let writeEnd: Int32

    init() throws(MeteringError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .noThread(errno: errno) }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// Wakes the sleeper, or whoever sleeps next. A full pipe has rung already.
    func ring() {
        var byte: UInt8 = 1
        _ = write(writeEnd, &byte, 1)
    }

    /// Sleeps until a moment of the kernel's monotonic clock, or until the bell rings.
    func wait(until: MonotonicInstant) {
        let remaining = (until - .fromKernel()).rawValue
        guard remaining > 0 else { return }
        var descriptor = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
        let milliseconds = Int32(clamping: (remaining + 999_999) / 1_000_000)
        guard poll(&descriptor, 1, milliseconds) > 0 else { return }
        var drained = [UInt8](repeating: 0, count: 64)
        while read(readEnd, &drained, drained.count) > 0 {}
    }
}
