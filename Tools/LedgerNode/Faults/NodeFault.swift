// The first five are the chain's own: what they do stands in blocks. The others are lies in answers; the chain beneath them
// stays as it is.

/// A fault that a development node has on request. One of each kind at a time.
public enum NodeFault: Sendable, Equatable {
    /// Which of the node's two addresses a lie is told on.
    public enum Audience: String, Sendable, Codable, CaseIterable {
        /// Both.
        case all
        /// The RPC.
        case main
        /// The second RPC, for those who are to hear something else.
        case second
    }

    /// How a second chain differs from the first.
    public enum Fork: String, Sendable, Codable, CaseIterable {
        /// False app hash, and validators of its own: those who signed it.
        case lunatic
        /// Other transactions, in the same round.
        case equivocation
        /// Other transactions, in a later round.
        case amnesia
        /// A false app hash under signatures of too few.
        case minority
    }

    /// What is wrong with the answer to /abci_query.
    public enum ProofLie: String, Sendable, Codable, CaseIterable {
        /// Another value than the proof's.
        case value
        /// A proof with a byte changed.
        case proof
        /// No proof.
        case missing
        /// The proof of the state before, under the height that was asked for.
        case stale
        /// "Does not exist", with the proof that it does.
        case absence
    }

    /// No blocks are made.
    case stall
    /// These validators do not vote, or vote for no block. More than a third of the power stops the chain.
    case votes(absent: [String], nilVotes: [String])
    /// Headers state a false app hash, under everybody's signature.
    case appHash
    /// Validators' clocks are off; headers follow a block later, and never go back.
    case time(skewMilliseconds: Int64)
    /// Transactions are taken, and stand in no block.
    case transactions
    /// From a height on (the next, where it is nil) another chain is told, signed by these (all, where there are none).
    case fork(Fork, from: Int64?, signers: [String], to: Audience)
    /// Blocks below a height are gone.
    case pruned(below: Int64, to: Audience)
    /// Answers about the state are false.
    case proofs(ProofLie, to: Audience)
    /// Answers come in pieces of so many bytes, one each interval.
    case drip(bytes: Int64, everyMilliseconds: Int64, to: Audience)
    /// Requests are read and never answered.
    case silence(to: Audience)
    /// Each answer is followed by blanks, until it has so many bytes.
    case oversize(bytes: Int64, to: Audience)

    /// The kind's name.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// See the cases of ``NodeFault``.
        case stall, votes, appHash = "app-hash", time, transactions, fork, pruned, proofs, drip, silence, oversize
    }

    /// Which kind it is.
    public var kind: Kind {
        switch self {
        case .stall: .stall
        case .votes: .votes
        case .appHash: .appHash
        case .time: .time
        case .transactions: .transactions
        case .fork: .fork
        case .pruned: .pruned
        case .proofs: .proofs
        case .drip: .drip
        case .silence: .silence
        case .oversize: .oversize
        }
    }

    /// Who hears it; nil for the chain's own faults.
    var audience: Audience? {
        switch self {
        case .stall, .votes, .appHash, .time, .transactions: nil
        case .fork(_, _, _, let audience), .pruned(_, let audience), .proofs(_, let audience),
            .drip(_, _, let audience), .silence(let audience), .oversize(_, let audience):
            audience
        }
    }
}
