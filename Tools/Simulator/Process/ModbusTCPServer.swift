import Glibc
import Quantities
import Simulator

/// The meters behind Modbus TCP, for several clients at once.
final class ModbusTCPServer {
    /// Asks a unit.
    typealias Units = (_ unit: UInt8, _ request: [UInt8]) -> UnitAnswer

    private struct Client {
        var descriptor: Int32
        var framing = ModbusTCPFraming()
        var replies = ReplyQueue()
        var isLost = false
    }

    private let listener: ListeningSocket
    private var clients: [Client] = []
    private(set) var requests: Int64 = 0

    /// Gateway target device failed to respond: the answer for a unit that is not there (clause 7, code 0B).
    private static let gatewayTargetFailed: UInt8 = 0x0B
    private static let clientLimit = 16

    init(_ address: HostPort) throws(ProcessError) { listener = try ListeningSocket(tcp: address) }

    var port: UInt16 { listener.port }
    var descriptors: [Int32] { [listener.descriptor] + clients.map(\.descriptor) }

    func service(now: MonotonicInstant, _ units: Units) {
        while let next = listener.accept() {
            if clients.count < Self.clientLimit {
                var one: Int32 = 1
                setsockopt(next, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
                clients.append(Client(descriptor: next))
            } else {
                close(next)
            }
        }
        for index in clients.indices {
            read(&clients[index], units, now: now)
            write(&clients[index], now: now)
        }
        for client in clients where client.isLost { close(client.descriptor) }
        clients.removeAll(where: \.isLost)
    }

    func shut() {
        for client in clients { close(client.descriptor) }
        clients = []
        listener.shut()
    }

    private func read(_ client: inout Client, _ units: Units, now: MonotonicInstant) {
        switch receive(client.descriptor) {
        case .nothing: return
        case .closed: client.isLost = true
        case .bytes(let bytes):
            guard let found = client.framing.receive(bytes) else {
                client.isLost = true
                return
            }
            for request in found { answer(request, &client, units, now: now) }
        }
    }

    private func answer(
        _ request: ModbusTCPFraming.Request, _ client: inout Client, _ units: Units, now: MonotonicInstant
    ) {
        requests += 1
        let reply: MeterReply
        switch units(request.unit, request.pdu) {
        case .absent:
            let pdu = [(request.pdu.first ?? 0) | 0x80, Self.gatewayTargetFailed]
            let frame = ModbusTCPFraming.frame(pdu, unit: request.unit, transaction: request.transaction)
            return client.replies.add(frame, due: now)
        case .silent: return
        case .reply(let given): reply = given
        }
        let transaction = reply.isDamaged ? request.transaction ^ 1 : request.transaction
        var frame = ModbusTCPFraming.frame(reply.pdu, unit: request.unit, transaction: transaction)
        if reply.isTruncated { frame.removeLast(min(3, frame.count)) }
        client.replies.add(reply.isDuplicated ? frame + frame : frame, due: now + reply.delay)
    }

    private func write(_ client: inout Client, now: MonotonicInstant) {
        let bytes = client.replies.take(now: now)
        guard !bytes.isEmpty else { return }
        // A reply is smaller than any socket buffer: what the kernel does not take at once belongs to a dead client.
        let sent = send(client.descriptor, bytes, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
        if sent != bytes.count { client.isLost = true }
    }
}
