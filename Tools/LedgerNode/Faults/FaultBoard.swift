internal import LightClient

/// The faults that stand, one of a kind.
struct FaultBoard {
    private(set) var faults: [NodeFault.Kind: NodeFault] = [:]
    /// The second chain, while a fork stands.
    var fork: ForkedChain?

    /// In the order of their kinds.
    var all: [NodeFault] { NodeFault.Kind.allCases.compactMap { faults[$0] } }

    mutating func set(_ fault: NodeFault) { faults[fault.kind] = fault }

    /// Takes one back, or all.
    mutating func clear(_ kind: NodeFault.Kind?) {
        if let kind { faults[kind] = nil } else { faults = [:] }
        if faults[.fork] == nil { fork = nil }
    }

    /// What is told to those who ask on one address.
    func answers(on face: NodeFault.Audience) -> AnswerFaults {
        var answers = AnswerFaults()
        for fault in faults.values where fault.audience == .all || fault.audience == face {
            switch fault {
            case .stall, .votes, .appHash, .time, .transactions: break
            case .fork: answers.isForked = true
            case .pruned(let below, _): answers.lowest = below
            case .proofs(let lie, _): answers.proofLie = lie
            case .drip(let bytes, let every, _): answers.delivery = .drip(bytes: bytes, everyMilliseconds: every)
            case .silence: answers.delivery = .never
            case .oversize(let bytes, _): answers.delivery = .padded(bytes: bytes)
            }
        }
        return answers
    }
}

/// What is wrong with the answers to one request.
struct AnswerFaults: Sendable {
    var isForked = false
    /// The lowest height that is admitted to.
    var lowest: Int64 = 1
    var proofLie: NodeFault.ProofLie?
    var delivery = HTTPDelivery.whole

    static let none = AnswerFaults()
}
