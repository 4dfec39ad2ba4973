import Glibc
import PacketSockets
public import SignedRecords

// One thread, one request at a time. Several clients may be connected: one of them, the recorder, has records signed and may
// change keys; it is the first that asks, or the one whose socket was inherited, until it is gone. The others may only ask who
// the device is and for a proof of possession.

/// The signer process's side of the socket.
public final class SignerServer {
    /// Connections at once; a further one replaces the oldest that is not the recorder.
    static let mostClients = 4

    private let listener: PacketSocket?
    private var clients: [PacketSocket] = []
    private var recorder: PacketSocket?
    private let inherited: PacketSocket?
    private let allowedUsers: Set<UInt32>
    private var desk: SignerDesk
    private let log: (String) -> Void

    /// - Parameters:
    ///   - path: Where to listen, or nil.
    ///   - inherited: An open socket whose other end is the daemon that started this process, or nil. It is the recorder's;
    ///     when it closes, `run` ends.
    ///   - user: Who may connect beside root and this process's own user, or nil.
    ///   - log: Takes one line for each event; never holds key material.
    public init(
        signer: any KeyStore, listeningAt path: String?, inherited: Int32?, user: UInt32?,
        log: @escaping (String) -> Void
    ) throws(KeyStoreError) {
        do throws(PacketSocket.Fault) {
            // Who may connect is decided by the peer's credentials; a socket for another user must be open to all for that.
            listener = try path.map { (path) throws(PacketSocket.Fault) in
                try PacketSocket.listening(at: path, mode: user == nil ? 0o600 : 0o666)
            }
        } catch {
            throw .signerUnreachable("\(error)")
        }
        self.inherited = inherited.map { PacketSocket(owning: $0) }
        recorder = self.inherited
        clients = self.inherited.map { [$0] } ?? []
        allowedUsers = Set([0, geteuid()] + (user.map { [$0] } ?? []))
        desk = SignerDesk(signer: signer, now: Monotonic.nanoseconds())
        self.log = log
    }

    /// Tells the one who started this process why it cannot serve.
    public static func report(_ error: KeyStoreError, to inherited: Int32) {
        let reply = SignerReply.refused(error).encode(number: 0)
        try? PacketSocket(owning: inherited).send(reply, before: Monotonic.nanoseconds() + 100_000_000)
    }

    /// Serves until `isStopped` answers true, which is asked at least every 200 ms, or until the inherited socket closes.
    public func run(until isStopped: () -> Bool) throws(KeyStoreError) {
        while !isStopped() {
            var entries = clients.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            if let listener { entries.append(pollfd(fd: listener.descriptor, events: Int16(POLLIN), revents: 0)) }
            let answer = poll(&entries, nfds_t(entries.count), 200)
            if answer < 0, errno != EINTR { throw .system(call: "poll", path: "signer", errno: errno) }
            guard answer > 0 else { continue }
            // Who is gone first: its place may be wanted by the one who asks.
            let asking = clients
            for isGone in [true, false] {
                for (client, entry) in zip(asking, entries)
                where entry.revents != 0 && (entry.revents & Int16(POLLHUP) != 0) == isGone {
                    serve(client)
                }
            }
            if inherited != nil, recorder == nil { return }
            if listener != nil, entries[entries.count - 1].revents != 0 { takeConnection() }
        }
    }

    private func takeConnection() {
        do throws(PacketSocket.Fault) {
            guard let connection = try listener?.accepted() else { return }
            let user = try connection.peerUser()
            guard allowedUsers.contains(user) else {
                log("refused a connection of user \(user)")
                return
            }
            if clients.count >= SignerServer.mostClients, let oldest = clients.first(where: { $0 !== recorder }) {
                drop(oldest)
            }
            clients.append(connection)
        } catch {
            log("a connection failed: \(error)")
        }
    }

    private func serve(_ client: PacketSocket) {
        let now = Monotonic.nanoseconds()
        let packet: [UInt8]
        do throws(PacketSocket.Fault) {
            packet = try client.receive(maximum: SignerWire.maximumRequestBytes, before: now)
        } catch {
            if error == .late { return }
            if error != .closed { log("dropped a client: \(error)") }
            return drop(client)
        }
        let (number, request): (UInt64, SignerRequest)
        do throws(RecordError) { (number, request) = try SignerRequest.decode(packet) } catch {
            log("refused a request: \(error)")
            answer(client, .refused(.refused("\(error)")), number: 0)
            return drop(client)
        }
        let reply = desk.answer(request, now: now) {
            if recorder == nil { recorder = client }
            return recorder === client
        }
        if case .refused(let error) = reply, error != .signerBusy { log("refused: \(error)") }
        answer(client, reply, number: number)
    }

    private func answer(_ client: PacketSocket, _ reply: SignerReply, number: UInt64) {
        do throws(PacketSocket.Fault) {
            // A client that does not read holds nobody up.
            try client.send(reply.encode(number: number), before: Monotonic.nanoseconds() + 100_000_000)
        } catch {
            log("dropped a client: \(error)")
            drop(client)
        }
    }

    private func drop(_ client: PacketSocket) {
        clients.removeAll { $0 === client }
        if recorder === client { recorder = nil }
    }
}
