import Glibc
import ServiceShell
import Synchronization

/// A receiver without a process: a test reads what it was sent, says something, and ends it.
final class FakeReceiver: FileReceiver {
    struct State {
        var ends: (shell: Int32, receiver: Int32)?
        var starts = 0
        var stops = 0
        var clears = 0
        var content = ReceivedContent(files: 0, others: 0, bytes: 0)
        var ending: ReceiverEnding?
        var refusal: String?
    }

    let state = Mutex(State())

    func prepare() throws(ServiceShellError) -> UInt64 {
        if let refusal = state.withLock({ $0.refusal }) { throw .unavailable(refusal) }
        return 1 << 20
    }

    func start() throws(ServiceShellError) -> Int32 {
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else { throw .unavailable("no socket") }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        let shell = ends[0]
        let pair = (shell: ends[0], receiver: ends[1])
        state.withLock { state in
            state.ends = pair
            state.starts += 1
        }
        return shell
    }

    func ending() -> ReceiverEnding? { state.withLock { $0.ending } }
    func content() -> ReceivedContent { state.withLock { $0.content } }

    func stop() {
        state.withLock { state in
            state.stops += 1
            if let ends = state.ends {
                close(ends.shell)
                close(ends.receiver)
            }
            state.ends = nil
        }
    }

    func clear() { state.withLock { $0.clears += 1 } }

    /// Its end of the line, once it was started; the limit only ends a test that has failed.
    func waitForStart() -> Int32? {
        for _ in 0..<3_000 {
            if let ends = state.withLock({ $0.ends }) { return ends.receiver }
            usleep(10_000)
        }
        return nil
    }

    /// So many bytes that it was sent.
    func read(_ count: Int) -> [UInt8] {
        guard let descriptor = waitForStart() else { return [] }
        var bytes: [UInt8] = []
        while bytes.count < count {
            var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&watched, 1, 30_000) == 1 else { break }
            var buffer = [UInt8](repeating: 0, count: count - bytes.count)
            let taken = Glibc.read(descriptor, &buffer, buffer.count)
            guard taken > 0 else { break }
            bytes += buffer.prefix(taken)
        }
        return bytes
    }

    func say(_ bytes: [UInt8]) {
        guard let descriptor = waitForStart() else { return }
        _ = write(descriptor, bytes, bytes.count)
    }
}
