internal import Crypto
internal import Ledger
internal import LightClient

/// Makes blocks that every in-process validator signs, in CometBFT's formats: what a light client sees is a real chain.
///
/// Header times are the weighted median of the last commit's votes (BFT time), and each vote is at least 1 ms after its
/// block: header times rise by at least 1 ms whatever the clock does.
final class StandaloneChain {
    /// The least rise of header times.
    static let minimumStep: Int64 = 1_000_000
    /// The most transaction bytes of a block.
    static let maximumTransactionBytes = 4 << 20

    let application: any Application
    let validators: ValidatorSet
    let genesis: GenesisDocument
    private let store: LedgerStore
    /// In the order of the set.
    private let keys: [Curve25519.Signing.PrivateKey]
    private let clock: @Sendable () -> Timestamp

    /// The newest block; nil only before the first.
    private(set) var last: StoredBlock?
    /// The state after the newest block: the next header's app hash.
    private(set) var appHash: [UInt8]

    var height: Int64 { last?.header.height ?? 0 }
    var chainID: String { genesis.chainID }

    /// Whether the newest state is not proved by any header yet, or the chain is too young for a proof.
    var owesProof: Bool { height < 2 || last?.header.appHash != appHash }

    init(
        application: any Application, store: LedgerStore, home: NodeHome, clock: @escaping @Sendable () -> Timestamp
    ) throws(LedgerNodeError) {
        self.application = application
        self.store = store
        self.clock = clock
        genesis = home.genesis
        let set = try genesis.validatorSet(home.path)
        validators = set
        var keys: [Curve25519.Signing.PrivateKey?] = Array(repeating: nil, count: set.validators.count)
        for key in home.validatorKeys {
            let address = PublicKey.ed25519(Array(key.publicKey.rawRepresentation)).address
            if let place = address.flatMap(set.index(of:)) { keys[place] = key }
        }
        self.keys = keys.compactMap { $0 }
        guard self.keys.count == set.validators.count else {
            throw .corruptHome(path: home.path, reason: "a validator's key is missing")
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
    }

    // MARK: Making a block

    /// Makes, signs, carries out and commits the next block of the given transactions, in their order. Where anything fails,
    /// nothing of it stands.
    func makeBlock(_ transactions: [[UInt8]]) throws(LedgerNodeError) -> StoredBlock {
        let height = height + 1
        let header = try header(height: height, transactions: transactions)
        let block = Block(header: header, transactions: transactions, lastCommit: last?.commit ?? .empty)
        let encoded = block.encoded()
        let blockID = BlockID(hash: header.hash(), parts: PartSetHeader(encodedBlock: encoded))
        guard try application.processProposal(transactions) else {
            throw .application(reason: "refused the proposal of block \(height)")
        }
        let commit = try sign(blockID, height: height, after: header.time)
        let outcome = try application.finalizeBlock(
            FinalizeBlockRequest(transactions: transactions, height: height, time: header.time))
        guard outcome.results.count == transactions.count else {
            throw .application(
                reason: "\(outcome.results.count) results for \(transactions.count) transactions of block \(height)")
        }
        let stored = StoredBlock(
            block: block, blockID: blockID, commit: commit, results: outcome.results, size: encoded.count)
        store.stage(stored)
        do throws(LedgerNodeError) {
            try application.commit()
        } catch {
            store.stage(nil)
            throw error
        }
        last = stored
        appHash = outcome.appHash
        return stored
    }

    private func header(height: Int64, transactions: [[UInt8]]) throws(LedgerNodeError) -> Header {
        let set = validators.hash()
        return Header(
            version: .init(app: LedgerApplication.appVersion), chainID: chainID, height: height, time: try nextTime(),
            lastBlockID: last?.blockID ?? .zero, lastCommitHash: (last?.commit ?? .empty).hash(),
            dataHash: BlockHashes.data(transactions), validatorsHash: set, nextValidatorsHash: set,
            consensusHash: BlockHashes.consensus(
                maxBytes: GenesisDocument.maximumBlockBytes, maxGas: GenesisDocument.maximumGas),
            appHash: appHash,
            lastResultsHash: BlockHashes.results(
                (last?.results ?? []).map { TransactionResultDigest(code: $0.code, data: $0.data) }),
            evidenceHash: BlockHashes.evidence([]),
            proposerAddress: validators.validators[Int(height) % validators.validators.count].address)
    }

    /// The next header's time: genesis time for the first, then the weighted median of the last commit.
    func nextTime() throws(LedgerNodeError) -> Timestamp {
        guard let last else { return genesis.genesisTime }
        guard let time = last.commit.medianTime(validators: validators), time > last.header.time else {
            throw store.corrupt("the votes of block \(height) have no median time after it")
        }
        return time
    }

    private func sign(_ blockID: BlockID, height: Int64, after time: Timestamp) throws(LedgerNodeError) -> Commit {
        guard let earliest = time.advanced(byNanoseconds: Self.minimumStep) else {
            throw .application(reason: "no time is left after \(time.rfc3339)")
        }
        var entries: [CommitSig] = []
        for (validator, key) in zip(validators.validators, keys) {
            let timestamp = max(clock(), earliest)
            let message = Vote.signBytes(
                chainID: chainID, height: height, round: 0, blockID: blockID, timestamp: timestamp)
            let signature: [UInt8]
            do { signature = Array(try key.signature(for: message)) } catch {
                throw .application(reason: "validator \(validator.address) cannot sign: \(error)")
            }
            entries.append(
                CommitSig(
                    flag: .commit, validatorAddress: validator.address, timestamp: timestamp, signature: signature))
        }
        return Commit(height: height, round: 0, blockID: blockID, signatures: entries)
    }
}
