import Glibc
import PacketSockets
import Synchronization
import Threads

/// Stands between the daemon's board driver and the plant, and notes when the first outputs came: they are the safe ones.
final class PlantRelay: Sendable {
    let path: String
    private let plant: String
    private let listener: PacketSocket
    private let isStopping = Atomic<Bool>(false)
    private let safeAt = Atomic<Int64>(0)
    private let thread = Mutex<DedicatedThread?>(nil)

    init(path: String, plant: String) throws {
        (self.path, self.plant) = (path, plant)
        listener = try PacketSocket.listening(at: path, mode: 0o600)
        let started = try DedicatedThread.start(name: "plant-relay", realTimePriority: 90) { [self] in serve() }
        thread.withLock { $0 = started }
    }

    /// When the first frame of the newest connection came, in nanoseconds of the monotonic clock; 0 before it.
    var outputsSafeAt: Int64 { safeAt.load(ordering: .acquiring) }

    /// The next connection is another start.
    func forget() { safeAt.store(0, ordering: .releasing) }

    func stop() {
        isStopping.store(true, ordering: .releasing)
        let started = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        started?.join()
    }

    private func serve() {
        while !isStopping.load(ordering: .acquiring) {
            guard waits([listener])[0], let daemon = try? listener.accepted(),
                let board = try? PacketSocket(connectingTo: plant)
            else { continue }
            relay(daemon, board)
        }
    }

    private func relay(_ daemon: PacketSocket, _ board: PacketSocket) {
        while !isStopping.load(ordering: .acquiring) {
            let ready = waits([daemon, board])
            do {
                if ready[0] {
                    let packet = try daemon.receive(maximum: 128, before: .max)
                    _ = safeAt.compareExchange(
                        expected: 0, desired: Stopwatch.wall.now(), ordering: .acquiringAndReleasing)
                    try board.send(packet, before: .max)
                }
                if ready[1] { try daemon.send(try board.receive(maximum: 128, before: .max), before: .max) }
            } catch {
                return
            }
        }
    }

    /// Which of them have something, within 50 ms.
    private func waits(_ sockets: [PacketSocket]) -> [Bool] {
        var entries = sockets.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        guard poll(&entries, nfds_t(entries.count), 50) > 0 else { return sockets.map { _ in false } }
        return entries.map { $0.revents != 0 }
    }
}
