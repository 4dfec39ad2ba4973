internal import LightClient

extension NodeFault.ProofLie {
    /// The false answer. `earlier` is the true one of the height before.
    func told(_ truth: ABCIQueryResponse, earlier: () throws -> ABCIQueryResponse) rethrows -> ABCIQueryResponse {
        var answer = truth
        switch self {
        case .value:
            answer.value = answer.value.isEmpty ? [0xA0] : answer.value.dropLast() + [~(answer.value.last ?? 0)]
        case .proof:
            answer.proofOps = ProofOps(
                ops: (answer.proofOps?.ops ?? []).map { operation in
                    var data = operation.data
                    if !data.isEmpty { data[data.count / 2] ^= 1 }
                    return ProofOp(type: operation.type, key: operation.key, data: data)
                })
        case .missing: answer.proofOps = nil
        case .stale:
            let height = answer.height
            answer = try earlier()
            answer.height = height
        case .absence:
            answer.value = []
            answer.log = "does not exist"
        }
        return answer
    }
}
