internal import Ledger
internal import LightClient
internal import SignedRecords

// Two paths. `/key`: the value of the key that `data` names, with a proof where one is asked for. `/keys`: the keys that begin
// with `data`, or with what stands in `data` before a zero byte and lie behind what stands after it; the value is CBOR
// [[key, …], whether there are more]. No proof says that a list of keys is whole: it is a hint, and what counts is read by
// `/key`.

extension LedgerApplication {
    /// The most keys of one answer.
    static let maximumKeys = 1_000

    func query(_ request: QueryRequest) throws(LedgerNodeError) -> ABCIQueryResponse {
        switch request.path {
        case "/key": try value(request)
        case "/keys": try keys(request)
        default: refusal(request, 1, "unknown path \(request.path): expected /key or /keys")
        }
    }

    private func refusal(_ request: QueryRequest, _ code: UInt32, _ log: String) -> ABCIQueryResponse {
        ABCIQueryResponse(
            code: code, log: log, key: request.data, value: [], proofOps: nil, height: height, codespace: "wattseal")
    }

    private func isGone(_ request: QueryRequest, _ asked: Int64) -> ABCIQueryResponse {
        let oldest = trees.keys.min() ?? height
        return refusal(
            request, 3, "height \(asked) is not available: the state is kept for heights \(oldest) to \(height)")
    }

    private func value(_ request: QueryRequest) throws(LedgerNodeError) -> ABCIQueryResponse {
        guard !request.data.isEmpty else { return refusal(request, 2, "the key is empty") }
        // A proof is checked against the next header; the newest one that certainly exists is the last block's.
        let answerable = request.prove ? max(0, height - 1) : height
        let asked = request.height == 0 ? answerable : request.height
        guard asked <= height, let tree = trees[asked] else { return isGone(request, asked) }
        let value = try store.value(of: request.data, at: asked)
        var proofOps: ProofOps?
        if request.prove {
            let store = store
            let proof = try tree.proof(of: request.data) { (path) throws(LedgerNodeError) in
                guard let leaf = try store.leaf(path, at: asked) else {
                    throw store.corrupt("no leaf at path \(path) after height \(asked)")
                }
                return leaf
            }
            guard let proof else { return refusal(request, 4, "an empty state has no proofs") }
            proofOps = ProofOps(ops: [ProofOp(type: ProofOp.sparseType, key: request.data, data: proof.protobuf)])
        }
        return ABCIQueryResponse(
            log: value == nil ? "does not exist" : "exists", key: request.data, value: value ?? [],
            proofOps: proofOps, height: asked)
    }

    private func keys(_ request: QueryRequest) throws(LedgerNodeError) -> ABCIQueryResponse {
        guard !request.prove else { return refusal(request, 5, "a list of keys has no proof: each key has one") }
        let parts = request.data.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false).map(Array.init)
        let prefix = parts.first ?? []
        let cursor = parts.count > 1 ? parts[1] : nil
        if let cursor, !cursor.starts(with: prefix) {
            return refusal(request, 2, "what stands behind the zero byte does not begin with what stands before it")
        }
        let asked = request.height == 0 ? height : request.height
        guard asked <= height, trees[asked] != nil else { return isGone(request, asked) }
        let found = try store.keys(prefix: prefix, after: cursor, at: asked, limit: Self.maximumKeys + 1)
        let answer = CBOR.array([
            .array(found.prefix(Self.maximumKeys).map { .bytes($0) }), .bool(found.count > Self.maximumKeys),
        ])
        return ABCIQueryResponse(
            log: "\(min(found.count, Self.maximumKeys)) keys", key: request.data, value: answer.encode(),
            proofOps: nil, height: asked)
    }
}
