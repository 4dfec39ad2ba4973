import Glibc

/// The control socket: one text line in, one line out.
final class ControlServer {
    private struct Client {
        var descriptor: Int32
        var pending: [UInt8] = []
        var isLost = false
    }

    private let listener: ListeningSocket
    private var clients: [Client] = []
    private static let clientLimit = 16
    /// The longest line that is kept; a longer one ends the connection.
    private static let lineLimit = 4_096

    init(path: String) throws(ProcessError) { listener = try ListeningSocket(unixPath: path, kind: SOCK_STREAM) }

    var descriptors: [Int32] { [listener.descriptor] + clients.map(\.descriptor) }

    /// Reads what came and answers each whole line with what `run` says.
    func service(_ run: (String) -> String) {
        while let next = listener.accept() {
            if clients.count < Self.clientLimit { clients.append(Client(descriptor: next)) } else { close(next) }
        }
        for index in clients.indices { service(&clients[index], run) }
        for client in clients where client.isLost { close(client.descriptor) }
        clients.removeAll(where: \.isLost)
    }

    func shut() {
        for client in clients { close(client.descriptor) }
        clients = []
        listener.shut()
    }

    private func service(_ client: inout Client, _ run: (String) -> String) {
        switch receive(client.descriptor) {
        case .nothing: return
        case .closed: client.isLost = true
        case .bytes(let bytes): client.pending += bytes
        }
        while let end = client.pending.firstIndex(of: UInt8(ascii: "\n")) {
            let line = String(decoding: client.pending[..<end], as: UTF8.self)
            client.pending.removeFirst(end + 1)
            let answer = Array((run(line) + "\n").utf8)
            let sent = send(client.descriptor, answer, answer.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
            if sent != answer.count { client.isLost = true }
        }
        if client.pending.count > Self.lineLimit { client.isLost = true }
    }
}
