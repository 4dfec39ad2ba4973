import ArgumentParser
import LightClient

/// `wattseal light proofops`: a recorded reply of /abci_query against an app hash.
struct LightProofOpsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proofops",
        abstract: "A recorded /abci_query reply: valid (0) or invalid: REASON (4).")

    @Option(help: "The reply (JSON).")
    var response: String

    @Option(help: "The app hash of the header after the reply's height, hex.")
    var appHash: String

    @Option(help: "The expected operator types, leaf first, separated by commas.")
    var ops: String

    @Option(help: "The expected keys, leaf first, hex, separated by commas.")
    var keys: String

    func run() throws {
        let appHash = try Hex.decode(appHash, kind: "--app-hash")
        let types = ops.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let keyList = try keys.split(separator: ",", omittingEmptySubsequences: false).map {
            try Hex.decode(String($0), kind: "--keys")
        }
        guard types.count == keyList.count else {
            throw CommandError.argument(
                name: "--keys", expected: "as many keys as operators (\(types.count))", found: "\(keyList.count)")
        }
        let bytes = try FileBytes.read(response)
        do throws(LightClientError) {
            let reply = try RPCJSON.decode(RPCReply<ABCIQueryResult>.self, from: bytes)
            guard case .result(let result) = reply.outcome else {
                throw .unexpectedJSON(path: "result", reason: "is missing")
            }
            let expected = zip(types, keyList).map { ExpectedProofOp(type: $0, key: $1) }
            try result.response.verify(appHash: appHash, expected: expected)
        } catch {
            throw LightExit.refuse(error)
        }
        print("valid")
    }
}
