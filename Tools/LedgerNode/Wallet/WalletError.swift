public import Ledger

/// Why a wallet's command came to nothing.
public enum WalletError: Error, Equatable, Sendable {
    /// The URL is not `http://HOST:PORT`.
    case invalidURL(String)
    /// The node cannot be reached.
    case unreachable(host: String, port: Int, reason: String)
    /// The node's answer cannot be read.
    case answer(reason: String)
    /// The node answered with an error.
    case node(reason: String)
    /// The ledger refused the transaction, at CheckTx or in its block.
    case refused(code: UInt32, log: String)
    /// The transaction was sent and did not come into a block in time; it may still.
    case notCommitted(transaction: String, seconds: Int)
    /// What was asked for makes no transaction.
    case transaction(LedgerError)
    /// An argument or a file that cannot be used.
    case argument(name: String, reason: String)
}

extension WalletError: CustomStringConvertible {
    /// One line.
    public var description: String {
        switch self {
        case .invalidURL(let text): "\(text): expected http://HOST:PORT"
        case .unreachable(let host, let port, let reason): "\(host):\(port): \(reason)"
        case .answer(let reason): "the node's answer: \(reason)"
        case .node(let reason): "the node: \(reason)"
        case .refused(let code, let log): "refused with code \(code): \(log)"
        case .notCommitted(let transaction, let seconds):
            "transaction \(transaction) is not in a block after \(seconds) s; it may still come"
        case .transaction(let error): "\(error)"
        case .argument(let name, let reason): "\(name): \(reason)"
        }
    }
}
