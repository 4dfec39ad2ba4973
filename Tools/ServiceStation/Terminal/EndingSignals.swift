import Glibc
import Synchronization

/// SIGTERM, SIGHUP and SIGINT as something to wait for, so that the terminal is put back before the process ends.
final class EndingSignals {
    /// Readable once one of the signals has come.
    let descriptor: Int32

    /// Where the handler writes; a handler can reach nothing but globals.
    private static let wakeEnd = Atomic<Int32>(-1)

    init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw StationError.file(path: "signals", call: "pipe", errno: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        descriptor = ends[0]
        Self.wakeEnd.store(ends[1], ordering: .sequentiallyConsistent)
        for number in [SIGTERM, SIGHUP, SIGINT] {
            signal(number) { _ in
                var byte: UInt8 = 1
                _ = write(EndingSignals.wakeEnd.load(ordering: .sequentiallyConsistent), &byte, 1)
            }
        }
    }

    deinit {
        for number in [SIGTERM, SIGHUP, SIGINT] { signal(number, SIG_DFL) }
        close(Self.wakeEnd.exchange(-1, ordering: .sequentiallyConsistent))
        close(descriptor)
    }
}
