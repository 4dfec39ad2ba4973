import Glibc
import Ledger
import Logging
import SignedRecords

/// What someone on this machine asks of the record desk. The technician's certificate will decide who may; until then the
/// socket's file mode does.
enum DeskRequest: Equatable, Sendable {
    /// New keys for the device, signed by the old ones.
    case rotateKeys
    /// A voucher is presented at a connector: its hexadecimal text, and the connector's number, 1 where only one is there.
    case voucher(String, connector: String?)

    /// The request in a line; nil where the line is none of the desk's.
    init?(_ line: String) {
        let words = line.split(separator: " ").map(String.init)
        switch (words.first, words.count) {
        case ("rotate-keys", 1): self = .rotateKeys
        case ("voucher", 2): self = .voucher(words[1], connector: nil)
        case ("voucher", 3): self = .voucher(words[1], connector: words[2])
        default: return nil
        }
    }

    /// For the log, which needs no voucher's bytes.
    var name: String {
        switch self {
        case .rotateKeys: "rotate-keys"
        case .voucher: "voucher"
        }
    }
}

extension RecordDesk {
    /// Carries a request out and answers with a line: `ok`, or `error:` with the reason.
    func answer(_ request: DeskRequest) -> String {
        do {
            switch request {
            case .rotateKeys: _ = try changeKeys()
            case .voucher(let text, let connector): try present(text, at: connector)
            }
            return "ok"
        } catch {
            logger.warning("\(request.name) refused: \(error)")
            return "error: \(error)"
        }
    }

    private func present(_ text: String, at connector: String?) throws {
        let number = connector.map { UInt32($0) } ?? (connectors.count == 1 ? 1 : nil)
        guard let number, number >= 1, let desk = self.connector(.connector(number)) else {
            throw ControlRequestReader.Refusal(
                words: "expected a connector from 1 to \(connectors.count), got \(connector ?? "none")")
        }
        guard let bytes = Hexadecimal.decode(text) else {
            throw ControlRequestReader.Refusal(words: "expected a voucher in hexadecimal, got \(text.prefix(40))")
        }
        try desk.present(try Voucher(decoding: bytes))
    }
}

/// One end of a connection that is answered later, by another thread; closed with its last owner.
final class PendingAnswer: Sendable {
    private let connection: Int32

    /// Keeps a connection open beyond its listener's care; nil where the process has no descriptor left.
    init?(_ connection: Int32) {
        let copy = fcntl(connection, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { return nil }
        self.connection = copy
    }

    deinit { close(connection) }

    func send(_ line: String) { UnixListener.send(line, to: connection) }
}
