internal import Crypto
internal import LightClient

/// A second chain beside the first, from one height on: each of its blocks is the true one's twin, with other contents and
/// other signatures. Made when somebody asks, and kept until the fault goes.
struct ForkedChain {
    let kind: NodeFault.Fork
    /// The first height that differs.
    let start: Int64
    /// Who signs; empty for everybody.
    let signers: Set<Address>
    private var twins: [Int64: StoredBlock] = [:]

    /// What stands in its blocks where transactions of the first chain stood.
    static let otherTransactions: [[UInt8]] = [[0xF0]]

    init(kind: NodeFault.Fork, start: Int64, signers: Set<Address>) {
        self.kind = kind
        self.start = start
        self.signers = signers
    }

    /// The set of one of its heights, made of the true one's: only a lunatic names its own.
    func validators(_ truth: ValidatorSet) -> ValidatorSet {
        guard kind == .lunatic else { return truth }
        return (try? ValidatorSet(truth.validators.filter { signs($0.address) })) ?? truth
    }

    private func signs(_ address: Address) -> Bool { signers.isEmpty || signers.contains(address) }

    /// The twin of a true block, whose predecessors were asked for before or are asked for now.
    mutating func twin(at height: Int64, of chain: StandaloneChain) throws(LedgerNodeError) -> StoredBlock? {
        guard height >= start else { return try chain.block(at: height) }
        if let twin = twins[height] { return twin }
        // The newest one that is there, then upwards: a long fork is no deep recursion.
        var next = start
        while twins[next] != nil { next += 1 }
        while next <= height {
            guard let truth = try chain.block(at: next) else { return nil }
            let predecessor = next == start ? try chain.block(at: next - 1) : twins[next - 1]
            twins[next] = try make(truth, after: predecessor, of: chain)
            next += 1
        }
        return twins[height]
    }

    private func make(
        _ truth: StoredBlock, after predecessor: StoredBlock?, of chain: StandaloneChain
    ) throws(LedgerNodeError) -> StoredBlock {
        var block = truth.block
        let height = block.header.height
        let set = validators(try chain.validators(at: height).set)
        if let predecessor {
            block.lastCommit = predecessor.commit
            block.header.lastBlockID = predecessor.blockID
            block.header.lastCommitHash = predecessor.commit.hash()
        }
        switch kind {
        case .lunatic:
            block.header.appHash = ChainFaults.falsified(block.header.appHash)
            block.header.validatorsHash = set.hash()
            block.header.nextValidatorsHash = validators(try chain.validators(at: height + 1).set).hash()
        case .minority:
            block.header.appHash = ChainFaults.falsified(block.header.appHash)
        case .equivocation, .amnesia:
            block.transactions = Self.otherTransactions
            block.header.dataHash = BlockHashes.data(block.transactions)
        }
        let encoded = block.encoded()
        let blockID = BlockID(hash: block.header.hash(), parts: PartSetHeader(encodedBlock: encoded))
        let ballot = StandaloneChain.Ballot(
            blockID: blockID, height: height, round: truth.commit.round + (kind == .amnesia ? 1 : 0),
            earliest: truth.commit.signatures.map(\.timestamp).max() ?? truth.header.time)
        let commit = try chain.sign(ballot, by: set) { signs($0) ? .commit : .absent }
        return StoredBlock(
            block: block, blockID: blockID, commit: commit, results: truth.results, size: encoded.count,
            aftermath: truth.aftermath)
    }
}
