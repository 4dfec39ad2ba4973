internal import Crypto
internal import Ledger
internal import LightClient

/// Makes blocks that in-process validators sign, in CometBFT's formats: what a light client sees is a real chain.
///
/// Header times are the weighted median of the last commit's votes (BFT time), and each vote is at least 1 ms after its
/// block: header times rise by at least 1 ms whatever the clock does. A change of the validators in block H is named by
/// header H + 1 and signs from H + 2 on.
final class StandaloneChain {
    /// The least rise of header times.
    static let minimumStep: Int64 = 1_000_000
    /// The most transaction bytes of a block.
    static let maximumTransactionBytes = 4 << 20

    let application: any Application
    let genesis: GenesisDocument
    let clock: @Sendable () -> Timestamp
    /// The faults that stand in blocks.
    var faults = ChainFaults()
    private let store: LedgerStore
    private let home: NodeHome
    private let genesisRotation: ValidatorRotation

    /// The newest block; nil only before the first.
    private(set) var last: StoredBlock?
    /// The state after the newest block: the next header's app hash.
    private(set) var appHash: [UInt8]
    /// Those that sign the block to come, and the one after it.
    private(set) var validators: ValidatorRotation
    private(set) var nextValidators: ValidatorRotation
    /// Those that signed the newest block.
    private var lastValidators: ValidatorSet

    var height: Int64 { last?.header.height ?? 0 }
    var chainID: String { genesis.chainID }

    /// Whether the newest state is not proved by any header yet (or not yet falsified by one, where that was asked for), or the
    /// chain is too young for a proof.
    var owesProof: Bool { height < 2 || last?.header.appHash != toldAppHash }

    /// What the next header says.
    private var toldAppHash: [UInt8] { faults.falsifiesAppHash ? ChainFaults.falsified(appHash) : appHash }

    init(
        application: any Application, store: LedgerStore, home: NodeHome, clock: @escaping @Sendable () -> Timestamp
    ) throws(LedgerNodeError) {
        self.application = application
        self.store = store
        self.clock = clock
        self.home = home
        genesis = home.genesis
        do {
            genesisRotation = try ValidatorRotation(genesis: try genesis.validatorSet(home.path))
        } catch let error as LedgerNodeError {
            throw error
        } catch {
            throw .corruptHome(path: home.path, reason: "validators: \(error)")
        }
        // The handshake: blocks and state are committed together, so they stand at one height.
        let info = try application.info()
        if info.lastBlockHeight == 0 {
            last = nil
            do {
                appHash = try application.initChain(
                    InitChainRequest(
                        time: genesis.genesisTime, chainID: genesis.chainID, initialHeight: 1,
                        appState: try RPCJSON.encode(genesis.appState)))
            } catch let error as LedgerNodeError {
                throw error
            } catch {
                throw .corruptHome(path: home.path, reason: "\(error)")
            }
        } else {
            guard let block = try store.block(at: info.lastBlockHeight) else {
                throw store.corrupt("there is no block \(info.lastBlockHeight)")
            }
            last = block
            appHash = info.lastBlockAppHash
        }
        let next = info.lastBlockHeight + 1
        validators = try store.validators(at: next, genesis: genesisRotation)
        nextValidators = try store.validators(at: next + 1, genesis: genesisRotation)
        lastValidators = try store.validators(at: max(1, next - 1), genesis: genesisRotation).set
        for member in validators.set.validators + nextValidators.set.validators where home.key(of: member) == nil {
            throw .corruptHome(path: home.path, reason: "the key of validator \(member.address) is missing")
        }
    }

    // MARK: What stands

    /// A block of this chain.
    func block(at height: Int64) throws(LedgerNodeError) -> StoredBlock? { try store.block(at: height) }

    /// The validators of a height up to the one after the next block's.
    func validators(at height: Int64) throws(LedgerNodeError) -> ValidatorRotation {
        switch height - self.height {
        case 1: validators
        case 2: nextValidators
        default: try store.validators(at: height, genesis: genesisRotation)
        }
    }

    /// The commit of a height: the one that the next header hashes, or of the newest block the node's own.
    func commit(at height: Int64) throws(LedgerNodeError) -> Commit? {
        if height < self.height { return try store.block(at: height + 1)?.block.lastCommit }
        return try store.block(at: height)?.commit
    }

    // MARK: Making a block

    /// Whether so many still vote that a block can be decided.
    var hasQuorum: Bool { faults.leavesQuorum(in: validators.set) }

    /// Makes, signs, carries out and commits the next block of the given transactions, in their order. Where anything fails,
    /// nothing of it stands.
    func makeBlock(
        _ transactions: [[UInt8]], updates: [ABCI.ValidatorUpdate] = [], evidence: [Evidence] = []
    ) throws(LedgerNodeError) -> StoredBlock {
        let height = height + 1
        let round = try decidingRound()
        let header = try header(height: height, round: round, transactions: transactions, evidence: evidence)
        let block = Block(
            header: header, transactions: transactions, evidence: evidence.map(\.wrapped),
            lastCommit: last?.commit ?? .empty)
        let encoded = block.encoded()
        let blockID = BlockID(hash: header.hash(), parts: PartSetHeader(encodedBlock: encoded))
        guard try application.processProposal(transactions) else {
            throw .application(reason: "refused the proposal of block \(height)")
        }
        guard let earliest = header.time.advanced(byNanoseconds: Self.minimumStep) else {
            throw .application(reason: "no time is left after \(header.time.rfc3339)")
        }
        let commit = try sign(
            Ballot(blockID: blockID, height: height, round: round, earliest: earliest), by: validators.set,
            voting: faults.vote)
        let outcome = try application.finalizeBlock(
            FinalizeBlockRequest(
                transactions: transactions, height: height, time: header.time,
                misbehavior: evidence.flatMap(\.misbehavior)))
        guard outcome.results.count == transactions.count else {
            throw .application(
                reason: "\(outcome.results.count) results for \(transactions.count) transactions of block \(height)")
        }
        let later = try turned(nextValidators, by: updates)
        let isKept = !updates.isEmpty || (height + 2).isMultiple(of: LedgerStore.validatorInterval)
        let stored = StoredBlock(
            block: block, blockID: blockID, commit: commit, results: outcome.results, size: encoded.count,
            aftermath: .init(
                updates: updates, evidence: evidence, keptSet: isKept ? (height: height + 2, rotation: later) : nil))
        try commitWithState(stored)
        last = stored
        appHash = outcome.appHash
        lastValidators = validators.set
        validators = nextValidators
        nextValidators = later
        return stored
    }

    private func commitWithState(_ stored: StoredBlock) throws(LedgerNodeError) {
        store.stage(stored)
        do throws(LedgerNodeError) {
            try application.commit()
        } catch {
            store.stage(nil)
            throw error
        }
    }

    /// The set two heights on, as a change of now would make it; refuses a change that CometBFT would stop at.
    func turned(
        _ rotation: ValidatorRotation, by updates: [ABCI.ValidatorUpdate]
    ) throws(LedgerNodeError) -> ValidatorRotation {
        do { return try rotation.next(updates) } catch {
            throw .configuration(field: "validator changes", reason: "\(error)")
        }
    }

    private func header(
        height: Int64, round: Int32, transactions: [[UInt8]], evidence: [Evidence]
    ) throws(LedgerNodeError) -> Header {
        Header(
            version: .init(app: LedgerApplication.appVersion), chainID: chainID, height: height, time: try nextTime(),
            lastBlockID: last?.blockID ?? .zero, lastCommitHash: (last?.commit ?? .empty).hash(),
            dataHash: BlockHashes.data(transactions), validatorsHash: validators.set.hash(),
            nextValidatorsHash: nextValidators.set.hash(),
            consensusHash: BlockHashes.consensus(
                maxBytes: GenesisDocument.maximumBlockBytes, maxGas: GenesisDocument.maximumGas),
            appHash: toldAppHash,
            lastResultsHash: BlockHashes.results(
                (last?.results ?? []).map { TransactionResultDigest(code: $0.code, data: $0.data) }),
            evidenceHash: BlockHashes.evidence(evidence.map(\.item)), proposerAddress: try proposer(inRound: round))
    }

    /// The next header's time: genesis time for the first, then the weighted median of the last commit.
    func nextTime() throws(LedgerNodeError) -> Timestamp {
        guard let last else { return genesis.genesisTime }
        guard let time = last.commit.medianTime(validators: lastValidators), time > last.header.time else {
            throw store.corrupt("the votes of block \(height) have no median time after it")
        }
        return time
    }

    // MARK: Rounds and votes

    private func proposer(inRound round: Int32) throws(LedgerNodeError) -> Address {
        do { return try validators.proposer(inRound: round) } catch {
            throw store.corrupt("the validators of height \(height + 1): \(error)")
        }
    }

    /// The first round whose proposer is there.
    private func decidingRound() throws(LedgerNodeError) -> Int32 {
        guard hasQuorum else {
            throw .application(reason: "block \(height + 1): no more than two thirds of the power vote")
        }
        var round: Int32 = 0
        while faults.vote(of: try proposer(inRound: round)) == .absent { round += 1 }
        return round
    }

    /// What a commit is about.
    struct Ballot {
        let blockID: BlockID
        let height: Int64
        let round: Int32
        /// No vote is earlier.
        let earliest: Timestamp
    }

    /// The commit of a block by a set, each member voting as it is told.
    func sign(
        _ ballot: Ballot, by set: ValidatorSet, voting vote: (Address) -> BlockIDFlag
    ) throws(LedgerNodeError) -> Commit {
        var entries: [CommitSig] = []
        for validator in set.validators {
            let flag = vote(validator.address)
            guard flag != .absent else {
                entries.append(.absent)
                continue
            }
            let now = clock()
            let timestamp = max(now.advanced(byNanoseconds: faults.skewNanoseconds) ?? now, ballot.earliest)
            let message = Vote.signBytes(
                chainID: chainID, height: ballot.height, round: ballot.round,
                blockID: flag == .commit ? ballot.blockID : nil, timestamp: timestamp)
            guard let key = home.key(of: validator), let signature = try? key.signature(for: message) else {
                throw .application(reason: "validator \(validator.address) cannot sign")
            }
            entries.append(
                CommitSig(
                    flag: flag, validatorAddress: validator.address, timestamp: timestamp,
                    signature: Array(signature)))
        }
        return Commit(height: ballot.height, round: ballot.round, blockID: ballot.blockID, signatures: entries)
    }
}
