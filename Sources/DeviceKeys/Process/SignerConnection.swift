import Glibc
import PacketSockets
import SignedRecords

/// Where a client finds its signer.
public enum SignerEndpoint: Sendable {
    /// The socket of a signer that runs on its own.
    case socket(path: String)
    /// A signer that this process starts, and starts again when it dies.
    case child(SignerLauncher)
}

/// One connection to a signer, request by request. Confined to the client's lock.
struct SignerConnection: Sendable {
    let socket: PacketSocket
    /// The signer's process where this client started it.
    let process: pid_t?
    private var number: UInt64 = 0

    init(to endpoint: SignerEndpoint) throws(PacketSocket.Fault) {
        switch endpoint {
        case .socket(let path): (socket, process) = (try PacketSocket(connectingTo: path), nil)
        case .child(let launcher):
            let (started, own) = try launcher.launch()
            (socket, process) = (own, started)
        }
    }

    /// Sends a request and waits for its reply.
    mutating func ask(_ request: SignerRequest, before deadline: Int64) throws(PacketSocket.Fault) -> SignerReply? {
        number += 1
        try socket.send(request.encode(number: number), before: deadline)
        let packet = try socket.receive(maximum: SignerWire.maximumReplyBytes, before: deadline)
        guard let (answered, reply) = try? SignerReply.decode(packet) else { return nil }
        // A request that the signer could not read has no number.
        if answered == 0, case .refused = reply { return reply }
        return answered == number ? reply : nil
    }

    /// Ends it, and with it a signer that this client started.
    func end() {
        if let process { SignerLauncher.end(process) }
    }
}
