/// What a connection is for. A node opens four, and they are told apart by what they ask, not by their order.
enum ABCIPurpose: String {
    case query
    case snapshot
    case mempool
    case consensus
}

extension ABCI.Request {
    /// Which of the four connections asks this; nil for what all of them ask.
    var purpose: ABCIPurpose? {
        switch self {
        case .echo, .flush: nil
        case .info, .query: .query
        case .listSnapshots, .offerSnapshot, .loadSnapshotChunk, .applySnapshotChunk: .snapshot
        case .checkTx: .mempool
        case .initChain, .prepareProposal, .processProposal, .extendVote, .verifyVoteExtension, .finalizeBlock,
            .commit:
            .consensus
        }
    }
}
