import CLinux
import Glibc

/// A bell between threads: one side rings without ever blocking, the other side waits for it.
///
/// It is an eventfd: rings that come before the wait are not lost, and several count as one.
final class WakeUp: Sendable {
    private let descriptor: Int32

    /// - Throws: `FirmwareError.system` where the kernel has no descriptor left.
    init() throws(FirmwareError) {
        descriptor = clinux_eventfd()
        if descriptor < 0 { throw .system(call: "eventfd", errno: -descriptor) }
    }

    deinit { close(descriptor) }

    /// Rings. One non-blocking system call, so that the control thread may do it.
    func ring() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    /// Waits until it was rung, or until the time is over.
    func wait(milliseconds: Int32) {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = Glibc.poll(&poll, 1, milliseconds)
        var rings: UInt64 = 0
        _ = read(descriptor, &rings, MemoryLayout<UInt64>.size)
    }
}
