/// What a call answers instead of a result: JSON-RPC's codes, with the reason in `data` as CometBFT has it.
struct RPCError: Error, Equatable, Sendable {
    let code: Int
    let message: String
    let data: String?

    static let methodNotFound = RPCError(code: -32601, message: "Method not found", data: nil)

    static func invalidParams(_ reason: String) -> RPCError {
        RPCError(code: -32602, message: "Invalid params", data: reason)
    }

    static func invalidRequest(_ reason: String) -> RPCError {
        RPCError(code: -32600, message: "Invalid Request", data: reason)
    }

    static func parseError(_ reason: String) -> RPCError {
        RPCError(code: -32700, message: "Parse error. Invalid JSON", data: reason)
    }

    static func internalError(_ reason: String) -> RPCError {
        RPCError(code: -32603, message: "Internal error", data: reason)
    }

    init(code: Int, message: String, data: String?) {
        self.code = code
        self.message = message
        self.data = data
    }

    /// The node's own failure.
    init(_ error: LedgerNodeError) { self = .internalError(error.description) }
}
