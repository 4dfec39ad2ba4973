internal import LightClient

extension HostileCase {
    /// A lie about the head of the connector's chain.
    private static func head(
        _ name: String, says words: [String],
        _ change: @escaping @Sendable (inout ABCIQueryResponse, HostileExchange) async throws -> Void
    ) -> HostileCase {
        state(name, "head/", says: words, change)
    }

    private static func state(
        _ name: String, _ key: String, says words: [String],
        _ change: @escaping @Sendable (inout ABCIQueryResponse, HostileExchange) async throws -> Void
    ) -> HostileCase {
        var attack = HostileCase(name, on: "abci_query", says: words) { exchange in
            guard exchange.key.hasPrefix(key), exchange.key.hasSuffix("/1") || !key.hasPrefix("head") else {
                return nil
            }
            var response = try exchange.result(ABCIQueryResult.self).response
            try await change(&response, exchange)
            return try exchange.answering(ABCIQueryResult(response: response))
        }
        attack.isBehindHeads = key.hasPrefix("grant")
        attack.needsNoGrant = name.contains("absent, said to stand")
        return attack
    }

    private static func proof(_ response: ABCIQueryResponse) throws -> CommitmentProof {
        try CommitmentProof(protobuf: response.proofOps?.ops.first?.data ?? [])
    }

    /// Values and absences that are not the ledger's.
    static let states: [HostileCase] = [
        head("no proof", says: ["no proof came with the answer"]) { response, _ in response.proofOps = nil },
        head("the proof of another key", says: ["proof for another key: parameters", "asked for head/"]) {
            response, exchange in
            let other = try await exchange.response(to: Array("parameters".utf8))
            response.value = other.value
            response.proofOps = other.proofOps
        },
        head("the proof of another key under the asked one", says: ["head/", "the value is not proved"]) {
            response, exchange in
            let other = try await exchange.response(to: Array("parameters".utf8))
            guard case .existence(var existence) = try proof(other) else { return }
            existence.key = response.key
            response.value = other.value
            response.proofOps = other.proofOps
            response.proofOps?.ops[0] = ProofOp(
                type: "ics23:smt", key: response.key, data: CommitmentProof.existence(existence).protobuf)
        },
        head("another value than the proved one", says: ["the proof holds another value"]) { response, _ in
            response.value[1] ^= 1
        },
        head("an existing key said absent, its proof kept", says: ["absence is claimed, the proof holds a value"]) {
            response, _ in response.value = []
        },
        head("an existing key said absent, by the absence of another", says: ["absence proof for another key"]) {
            response, exchange in
            let other = try await exchange.response(to: Array("no such key".utf8))
            response.value = []
            response.proofOps = other.proofOps
        },
        head("an existing key said absent, by a forged proof", says: ["head/", "its absence is not proved"]) {
            response, exchange in
            let other = try await exchange.response(to: Array("no such key".utf8))
            guard case .nonExistence(var absence) = try proof(other) else { return }
            absence.key = response.key
            response.value = []
            response.proofOps = other.proofOps
            response.proofOps?.ops[0] = ProofOp(
                type: "ics23:smt", key: response.key, data: CommitmentProof.nonExistence(absence).protobuf)
        },
        state(
            "a grant that is absent, said to stand", "grant/", says: ["a value is claimed, the proof is of an absence"]
        ) {
            response, _ in response.value = [0x81, 0x01]
        },
        state(
            "a grant that is forged whole", "grant/", says: ["proof for another key: parameters", "asked for grant/"]
        ) {
            response, exchange in
            let other = try await exchange.response(to: Array("parameters".utf8))
            response.value = other.value
            response.proofOps = other.proofOps
        },
        state("a price list under another registration", "charger/", says: ["charger/", "the value is not proved"]) {
            response, _ in
            guard case .existence(var existence) = try proof(response) else { return }
            response.value[response.value.count - 1] ^= 1
            existence.value = response.value
            response.proofOps?.ops[0].data = CommitmentProof.existence(existence).protobuf
        },
        head("an old state under its own height", says: ["abci_query: asked for height"]) { response, exchange in
            response = try await exchange.response(to: response.key, at: exchange.height - 1)
        },
        state("an old state under the new height", "charger/", says: ["charger/", "its absence is not proved"]) {
            response, exchange in
            guard
                case .nonExistence(var absence) = try proof(
                    try await exchange.response(to: Array("no such key".utf8), at: exchange.height - 1))
            else { return }
            absence.key = response.key
            response.value = []
            response.proofOps?.ops[0] = ProofOp(
                type: "ics23:smt", key: response.key, data: CommitmentProof.nonExistence(absence).protobuf)
        },
        head("proof operators of another kind", says: ["found ics23:iavl"]) { response, _ in
            response.proofOps?.ops[0].type = "ics23:iavl"
        },
        head("two proof operators", says: ["found ics23:smt, ics23:smt"]) { response, _ in
            response.proofOps = response.proofOps.map { ProofOps(ops: $0.ops + $0.ops) }
        },
        head("a proof that is no proof", says: ["found protobuf"]) { response, _ in
            response.proofOps?.ops[0].data = [1, 2]
        },
        HostileCase("a value that is not base64", on: "abci_query", says: ["response.value"]) {
            guard $0.key.hasSuffix("/1"), $0.key.hasPrefix("head") else { return nil }
            return try $0.setting("result.response.value", #""!!!!""#)
        },
    ]

    /// Refusals at every call.
    static let refusals: [HostileCase] = [
        HostileCase("an error to status", on: "status", says: ["status: the node refused it (-32603)"]) {
            $0.failure(-32_603, "no")
        },
        HostileCase("an error to commit", on: "commit", says: ["is not available: Internal error: not now"]) {
            $0.failure(-32_603, "not now")
        },
        HostileCase("a pruned block", on: "commit", says: ["is no longer there"]) {
            $0.failure(-32_603, "height \($0.height) is not available, lowest height is 900")
        },
        HostileCase("an error to validators", .start, on: "validators", says: ["validators: the node refused it"]) {
            $0.failure(-32_603, "no")
        },
        HostileCase("an error to a query", on: "abci_query", says: ["abci_query: the node refused it"]) {
            $0.failure(-32_603, "no")
        },
        HostileCase("a query refused by the ledger", on: "abci_query", says: ["the query was refused (7)"]) {
            try $0.response {
                $0.code = 7
                $0.log = "no"
            }
        },
        HostileCase(
            "an error to a transaction", .sending, on: "broadcast_tx_sync",
            says: ["broadcast_tx_sync: the node refused it"]
        ) { $0.failure(-32_603, "no") },
        HostileCase(
            "a transaction refused", .sending, on: "broadcast_tx_sync",
            says: ["records 1 to 5 of chain 1 were refused (9)"]
        ) { Array(#"{"jsonrpc":"2.0","id":\#($0.id),"result":{"code":9,"log":"no","data":"","hash":""}}"#.utf8) },
    ]

    /// JSON that is none, or not the call's.
    static let texts: [HostileCase] = [
        HostileCase("the number of another request", on: "status", says: ["the reply answers request 999"]) {
            try $0.setting("id", "999")
        },
        HostileCase("a duplicate key", on: "status", says: ["duplicate key"]) {
            Array(#"{"jsonrpc":"2.0","id":\#($0.id),"id":\#($0.id),"result":{}}"#.utf8)
        },
        HostileCase("100 000 levels", on: "status", says: ["nested deeper than 64 levels"]) { _ in
            [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
        },
        HostileCase("an empty body", on: "status", says: ["JSON, byte 0", "the text ends"]) { _ in [] },
        HostileCase("a body cut short", on: "status", says: ["string without an end"]) { _ in
            Array(#"{"jsonrpc":"2.0","id":1,"resu"#.utf8)
        },
        HostileCase("garbage", on: "status", says: ["status: malformed reply: JSON, byte 0: expected a value;"]) { _ in
            (0..<4_096).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ 200) }
        },
        HostileCase("bytes that are not UTF-8", on: "status", says: ["UTF-8"]) { _ in
            Array(#"{"jsonrpc":""#.utf8) + [0xff, 0xfe] + Array(#""}"#.utf8)
        },
        HostileCase("a number without an end", on: "status", says: ["number too long"]) { _ in
            [UInt8](repeating: UInt8(ascii: "9"), count: 1 << 20)
        },
        HostileCase("another protocol version", on: "status", says: [#"expected "2.0", got "1.0""#]) {
            try $0.setting("jsonrpc", #""1.0""#)
        },
        HostileCase("a result beside an error", on: "status", says: ["stands beside an error"]) {
            Array(
                #"{"jsonrpc":"2.0","id":\#($0.id),"result":{},"error":{"code":1,"message":"","data":""}}"#.utf8)
        },
        HostileCase("a list in place of an answer", on: "status", says: ["(top)"]) { _ in Array("[]".utf8) },
        HostileCase("text behind the answer", on: "status", says: ["unexpected text after the value"]) {
            $0.honest + Array("{}".utf8)
        },
        HostileCase("2 000 000 commas", on: "commit", says: ["commit: malformed", "expected a value"]) { _ in
            [UInt8](repeating: UInt8(ascii: ","), count: 2_000_000)
        },
    ]
}
