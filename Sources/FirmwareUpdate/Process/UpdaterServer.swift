internal import Glibc
internal import PacketSockets

/// The updater process's side of the socket: one thread, one request at a time, whoever asks.
public final class UpdaterServer {
    /// Connections at once; a further one replaces the oldest.
    static let mostClients = 4
    /// How often an installation is looked at, and how often where the installer did not answer; nanoseconds.
    private static let period: Int64 = 1_000_000_000
    private static let patientPeriod: Int64 = 10_000_000_000

    private let listener: PacketSocket
    private var clients: [PacketSocket] = []
    private let allowedUsers: Set<UInt32>
    private var desk: UpdaterDesk
    private let log: (String) -> Void

    /// - Parameters:
    ///   - user: who may connect beside root and this process's own user, or nil.
    ///   - log: takes one line for each refusal.
    public init(
        _ desk: UpdaterDesk, listeningAt path: String, user: UInt32?, log: @escaping (String) -> Void
    ) throws(UpdaterFault) {
        do throws(PacketSocket.Fault) {
            // Who may connect is decided by the peer's credentials; a socket for another user must be open to all for that.
            listener = try PacketSocket.listening(at: path, mode: user == nil ? 0o600 : 0o666)
        } catch {
            throw .unreachable("\(error)")
        }
        allowedUsers = Set([0, geteuid()] + (user.map { [$0] } ?? []))
        self.desk = desk
        self.log = log
    }

    /// Serves until `isStopped` answers true, which is asked at least every 200 ms.
    public func run(until isStopped: () -> Bool) throws(UpdaterFault) {
        var nextLook: Int64 = 0
        while !isStopped() {
            if Monotonic.nanoseconds() >= nextLook {
                if let news = desk.attend() { log(news) }
                // Behind the look, which may have waited: requests come between in any case.
                nextLook = Monotonic.nanoseconds() + (desk.isInstallerSilent ? Self.patientPeriod : Self.period)
            }
            var entries = ([listener] + clients).map {
                pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0)
            }
            let answer = poll(&entries, nfds_t(entries.count), 200)
            if answer < 0, errno != EINTR { throw .unreachable("poll: errno \(errno)") }
            guard answer > 0 else { continue }
            for (client, entry) in zip(clients, entries.dropFirst()) where entry.revents != 0 { serve(client) }
            if entries[0].revents != 0 { takeConnection() }
        }
    }

    private func takeConnection() {
        do throws(PacketSocket.Fault) {
            let connection = try listener.accepted()
            let user = try connection.peerUser()
            guard allowedUsers.contains(user) else {
                log("refused a connection of user \(user)")
                return
            }
            if clients.count >= Self.mostClients { clients.removeFirst() }
            clients.append(connection)
        } catch {
            log("a connection failed: \(error)")
        }
    }

    private func serve(_ client: PacketSocket) {
        let packet: [UInt8]
        do throws(PacketSocket.Fault) {
            packet = try client.receive(maximum: UpdaterWire.mostRequest, before: Monotonic.nanoseconds())
        } catch {
            if error != .late { clients.removeAll { $0 === client } }
            return
        }
        let reply: UpdaterReply
        do {
            reply = desk.answer(try UpdaterRequest(decoding: packet))
        } catch {
            reply = .refused(UpdaterRefusal(step: nil, words: "\(error)"))
        }
        if case .refused(let refusal) = reply { log("refused: \(refusal)") }
        do throws(PacketSocket.Fault) {
            // A client that does not read holds nobody up.
            try client.send(reply.encoded(), before: Monotonic.nanoseconds() + 100_000_000)
        } catch {
            clients.removeAll { $0 === client }
        }
    }
}
