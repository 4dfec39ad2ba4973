public import CardReader
import Glibc
import Synchronization

/// A simulated reader behind a pseudo-terminal, on a thread of its own: it can be unplugged, plugged in again, and put on a
/// noisy line.
public final class ReaderTerminal: Sendable {
    private struct State {
        var reader = SimulatedReader()
        var master: Int32 = -1
        /// Kept open, so that the terminal survives a daemon that closes it.
        var slave: Int32 = -1
        var isStopping = false
        /// One of so many bytes from the reader is spoilt; 0 for none.
        var noise = 0
        var random: UInt64 = 1

        mutating func next() -> UInt64 {
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            return random
        }

        mutating func send(_ bytes: [UInt8]) {
            guard master >= 0, !bytes.isEmpty else { return }
            var bytes = bytes
            if noise > 0 {
                for index in bytes.indices where next() % UInt64(noise) == 0 {
                    bytes[index] ^= UInt8(1 << (next() % 8))
                }
            }
            _ = write(master, &bytes, bytes.count)
        }

        mutating func close() {
            if master >= 0 { Glibc.close(master) }
            if slave >= 0 { Glibc.close(slave) }
            (master, slave) = (-1, -1)
        }
    }

    private let state = Mutex(State())
    /// Where the daemon finds the terminal: a link, so that a new one may have another name.
    public let path: String

    /// Plugs the reader in at `path`.
    public init(path: String) throws(ReaderPortError) {
        self.path = path
        try plug()
        var thread = pthread_t()
        let retained = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<ReaderTerminal>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, retained.toOpaque())
        guard code == 0 else {
            retained.release()
            throw .system(path: path, call: "pthread_create", errno: code)
        }
        pthread_detach(thread)
    }

    /// A terminal of its own again.
    public func plug() throws(ReaderPortError) {
        var ends: (master: Int32, slave: Int32) = (-1, -1)
        var name = [CChar](repeating: 0, count: 128)
        guard openpty(&ends.master, &ends.slave, nil, nil, nil) == 0, ttyname_r(ends.slave, &name, name.count) == 0
        else { throw .system(path: path, call: "openpty", errno: errno) }
        _ = fcntl(ends.master, F_SETFL, O_NONBLOCK)
        _ = fcntl(ends.master, F_SETFD, FD_CLOEXEC)
        _ = fcntl(ends.slave, F_SETFD, FD_CLOEXEC)
        var raw = termios()
        tcgetattr(ends.slave, &raw)
        cfmakeraw(&raw)
        tcsetattr(ends.slave, TCSANOW, &raw)
        unlink(path)
        let target = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard symlink(target, path) == 0 else { throw .system(path: path, call: "symlink", errno: errno) }
        let (master, slave) = ends
        state.withLock { state in
            state.master = master
            state.slave = slave
        }
    }

    /// The cable is pulled.
    public func unplug() {
        unlink(path)
        state.withLock { $0.close() }
    }

    /// Ends the thread.
    public func stop() {
        unlink(path)
        state.withLock { $0.isStopping = true }
    }

    /// Spoils one of so many bytes from the reader, and sends nonsense between its lines; 0 for none.
    public func setNoise(_ one: Int, seed: UInt64) {
        state.withLock { state in
            state.noise = one
            state.random = seed | 1
        }
    }

    /// Lays a card on the reader.
    public func place(_ card: SimulatedCard) { say { $0.place(card) } }

    /// Takes it away.
    public func remove() { say { $0.remove() } }

    /// What the charger said of the card that lies there; nil before it did.
    public var result: ChargerLine? { state.withLock { $0.reader.isDecided ? $0.reader.results.last : nil } }

    /// The newest signature that a card gave.
    public var signature: [UInt8]? { state.withLock { $0.reader.signature } }

    private func say(_ bytes: (inout SimulatedReader) -> [UInt8]) {
        state.withLock { state in state.send(bytes(&state.reader)) }
    }

    private func run() {
        var sinceAgain: Int32 = 0
        while !state.withLock({ $0.isStopping }) {
            usleep(5_000)
            sinceAgain += 5
            let isDue = sinceAgain >= 500
            if isDue { sinceAgain = 0 }
            state.withLock { state in
                guard state.master >= 0 else { return }
                var buffer = [UInt8](repeating: 0, count: 4_096)
                let count = read(state.master, &buffer, buffer.count)
                if count > 0 { state.send(state.reader.receive(buffer.prefix(count))) }
                if isDue { state.send(state.reader.again()) }
                if isDue, state.noise > 0 { state.send((0..<40).map { _ in UInt8(truncatingIfNeeded: state.next()) }) }
            }
        }
        state.withLock { $0.close() }
    }
}
