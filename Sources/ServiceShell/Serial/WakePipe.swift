import Glibc

/// A pipe that a thread in `poll` watches beside its line; it is readable once `ring` was called.
final class WakePipe: Sendable {
    let read: Int32
    private let write: Int32

    init(for path: String) throws(ServiceShellError) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw .device(path: path, call: "pipe", errno: errno) }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (read, write) = (ends[0], ends[1])
    }

    deinit {
        close(read)
        close(write)
    }

    /// Ends all waiting, from now on. Idempotent.
    func ring() {
        var byte: UInt8 = 1
        _ = Glibc.write(write, &byte, 1)
    }

    /// Waits; whether it was rung.
    func isRung(within milliseconds: Int32) -> Bool {
        var watched = pollfd(fd: read, events: Int16(POLLIN), revents: 0)
        return poll(&watched, 1, milliseconds) > 0
    }
}
