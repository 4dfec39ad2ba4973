import Glibc
import Logging

/// What someone on this machine asks of the record desk. The technician's certificate will decide who may; until then the
/// socket's file mode does.
enum DeskRequest: Equatable, Sendable {
    /// New keys for the device, signed by the old ones.
    case rotateKeys

    /// The request in a line; nil where the line is none of the desk's.
    init?(_ line: String) {
        guard line == "rotate-keys" else { return nil }
        self = .rotateKeys
    }
}

extension RecordDesk {
    /// Carries a request out and answers with a line: `ok`, or `error:` with the reason.
    func answer(_ request: DeskRequest) -> String {
        do {
            switch request {
            case .rotateKeys: _ = try changeKeys()
            }
            return "ok"
        } catch {
            logger.warning("\(request) refused: \(error)")
            return "error: \(error)"
        }
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
