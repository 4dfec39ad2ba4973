internal import Ledger
internal import LightClient
internal import Quantities
internal import SignedRecords

/// The ledger as an application: `Ledger`'s transition over the store's state, with the state tree's root as app hash.
final class LedgerApplication: Application {
    /// The version in every header.
    static let appVersion: UInt64 = 1

    let store: LedgerStore
    /// Known from the caller or from the store; else from the genesis that begins the chain.
    private var ledger: LedgerChainID?
    private let signatures = CheckedSignatures()
    /// The trees of the last heights, by height.
    private(set) var trees: [Int64: SparseMerkleTree]
    private(set) var height: Int64
    /// The height whose state is the first that can be asked: the one before the first block, or a restored snapshot's.
    private var firstHeight: Int64
    /// What genesis wrote, until the first commit makes it durable.
    private var genesis: [StateWrite] = []
    /// The finalised block, until it is committed.
    private var pending: Pending?
    /// The newest proposal, which the block most often is.
    private var prepared: Prepared?
    /// Of the committed state.
    private let cache = StateCache()
    /// A snapshot's state, until it is whole and proved.
    var restoring: SnapshotRestoring?

    private struct Pending {
        let height: Int64
        let tree: SparseMerkleTree
        let writes: [StateWrite]
    }

    /// A proposal with its outcome. The outcome follows from the state, the time and the transactions alone.
    private struct Prepared {
        let base: Int64
        let time: Timestamp
        let transactions: [[UInt8]]
        let results: [TransactionResult]
        let writes: [StateWrite]
    }

    /// The application over a store. Without a chain id it takes the store's, or the one that the chain begins with.
    init(store: LedgerStore, chainID: String?) throws(LedgerNodeError) {
        self.store = store
        let marks = try store.chainMarks()
        if let chainID, let marks, marks.id != chainID {
            throw .homeMismatch(what: "chain id", expected: chainID, found: marks.id)
        }
        ledger = try (chainID ?? marks?.id).map { (text) throws(LedgerNodeError) in try Self.chainID(text) }
        let trees = try store.trees()
        height = trees.last?.height ?? 0
        firstHeight = marks?.firstHeight ?? 0
        self.trees = Dictionary(uniqueKeysWithValues: trees.map { ($0.height, $0.tree) })
    }

    /// The ledger's name, once it is known.
    var chainID: String? { ledger?.text }

    /// Whether a text can be a ledger's name.
    static func isName(_ text: String) -> Bool { (try? LedgerChainID(text)) != nil }

    private static func chainID(_ text: String) throws(LedgerNodeError) -> LedgerChainID {
        do { return try LedgerChainID(text) } catch {
            throw .configuration(field: "chain id", reason: error.description)
        }
    }

    func info() -> ApplicationInfo {
        ApplicationInfo(
            data: "wattseal", version: "1", appVersion: Self.appVersion, lastBlockHeight: height,
            lastBlockAppHash: height == 0 ? [] : trees[height]?.rootHash ?? [])
    }

    func initChain(_ request: InitChainRequest) throws(LedgerNodeError) -> [UInt8] {
        guard height == 0 else { throw .application(reason: "the chain has begun: it stands at height \(height)") }
        if let ledger, request.chainID != ledger.text {
            throw .homeMismatch(what: "chain id", expected: ledger.text, found: request.chainID)
        }
        guard request.initialHeight >= 1 else {
            throw .application(reason: "initial_height: expected at least 1, found \(request.initialHeight)")
        }
        let name = try Self.chainID(request.chainID)
        do {
            genesis = try RPCJSON.decode(LedgerGenesis.self, from: request.appState).writes()
        } catch {
            throw .application(reason: "app_state: \(error)")
        }
        var tree = SparseMerkleTree()
        tree.apply(Self.changes(genesis))
        ledger = name
        firstHeight = request.initialHeight - 1
        trees = [firstHeight: tree]
        pending = nil
        prepared = nil
        return tree.rootHash
    }

    // MARK: Transactions

    /// The committed state, with what genesis wrote while that is not committed yet.
    private var current: StateOverlay {
        var state = StateOverlay(over: CommittedState(store: store, height: height, cache: height == 0 ? nil : cache))
        if height == 0 { state.write(genesis) }
        return state
    }

    /// The time of the last block, for checks between blocks; they do not depend on it.
    private func context(_ time: Timestamp) throws(LedgerNodeError) -> BlockContext {
        guard let ledger else { throw .application(reason: "the chain has not begun: there was no InitChain") }
        return BlockContext(ledger: ledger, time: UTCMilliseconds(time.unixMilliseconds))
    }

    /// The height whose state is the newest.
    private var newest: Int64 { height == 0 ? firstHeight : height }

    func checkTx(_ transaction: [UInt8]) throws(LedgerNodeError) -> TransactionResult {
        let context = try context(.unixEpoch)
        do {
            return try LedgerTransition.check(
                transaction, against: current, in: context, signatures: signatures)
        } catch {
            throw Self.fatal(error)
        }
    }

    func owedSignatures(of transaction: ReadTransaction) throws(LedgerNodeError) -> [OwedSignature] {
        let context = try context(.unixEpoch)
        let owed: [OwedSignature]
        do {
            owed = try LedgerTransition.owedSignatures(
                of: transaction, against: current, in: context, signatures: signatures)
        } catch {
            throw Self.fatal(error)
        }
        return owed.filter { !signatures.contains($0.checked) }
    }

    func remember(_ signature: OwedSignature) {
        signatures.insert(signature.checked)
        if case .record(let record, _, _) = signature { signatures.insert(record) }
    }

    /// Takes transactions in the order of their arrival, those that wait for earlier ones behind these, and leaves out what
    /// is over or does not fit.
    func prepareProposal(
        _ transactions: [[UInt8]], maximumBytes: Int, time: Timestamp
    ) throws(LedgerNodeError) -> [[UInt8]] {
        let context = try context(time)
        var state = StateOverlay(over: current)
        var chosen: [[UInt8]] = []
        var results: [TransactionResult] = []
        var waiting = transactions
        var room = maximumBytes
        do {
            while true {
                var later: [[UInt8]] = []
                let before = chosen.count
                for transaction in waiting {
                    switch try LedgerTransition.turn(
                        of: transaction, against: state, in: context, signatures: signatures)
                    {
                    case .over: continue
                    case .later: later.append(transaction)
                    case .now:
                        // Its protobuf field: a tag, a length of at most five bytes, the bytes.
                        guard transaction.count + 6 <= room else { continue }
                        room -= transaction.count + 6
                        let outcome = try LedgerTransition.apply(
                            transaction, to: state, in: context, signatures: signatures)
                        state.write(outcome.writes)
                        chosen.append(transaction)
                        results.append(outcome.result)
                    }
                }
                if later.isEmpty || chosen.count == before { break }
                waiting = later
            }
        } catch {
            throw Self.fatal(error)
        }
        prepared = Prepared(
            base: newest, time: time, transactions: chosen, results: results, writes: state.writes)
        return chosen
    }

    /// A block with a transaction that no honest proposer would take is refused: one that does not decode.
    func processProposal(_ transactions: [[UInt8]]) -> Bool {
        transactions.allSatisfy { (try? Transaction(decoding: $0)) != nil }
    }

    func finalizeBlock(_ request: FinalizeBlockRequest) throws(LedgerNodeError) -> FinalizeBlockResponse {
        guard request.height == newest + 1, let base = trees[newest] else {
            throw .application(reason: "asked to finalise height \(request.height) at height \(newest)")
        }
        let (results, writes) = try outcome(of: request)
        try requireConserved(writes, height: request.height)
        var tree = base
        tree.apply(Self.changes(writes))
        pending = Pending(height: request.height, tree: tree, writes: writes)
        return FinalizeBlockResponse(results: results, appHash: tree.rootHash)
    }

    /// What a block does to the newest state: as it was found when the block was proposed, or carried out now.
    private func outcome(
        of request: FinalizeBlockRequest
    ) throws(LedgerNodeError) -> (results: [TransactionResult], writes: [StateWrite]) {
        if let prepared, prepared.base == newest, prepared.time == request.time,
            prepared.transactions == request.transactions
        {
            return (prepared.results, prepared.writes)
        }
        let context = try context(request.time)
        var state = StateOverlay(over: current)
        var results: [TransactionResult] = []
        do {
            for transaction in request.transactions {
                let outcome = try LedgerTransition.apply(
                    transaction, to: state, in: context, signatures: signatures)
                state.write(outcome.writes)
                results.append(outcome.result)
            }
        } catch {
            throw Self.fatal(error)
        }
        return (results, state.writes)
    }

    /// A block moves money and makes none: one that does shows that this node, or its state, is broken, and is not made.
    private func requireConserved(_ writes: [StateWrite], height: Int64) throws(LedgerNodeError) {
        let state = current
        do {
            let made = try StateWrite.moneyMade(by: writes, over: state)
            guard made != .zero else { return }
            let moved = try writes.compactMap { (write) throws(LedgerError) -> String? in
                let change =
                    try StateWrite.holdings(of: write.key, write.value)
                    - StateWrite.holdings(of: write.key, try state.value(of: write.key))
                return change == .zero ? nil : "\(write.key.text) by \(change.rawValue)"
            }
            throw LedgerNodeError.application(
                reason: "block \(height) makes \(made.rawValue) microunits out of nothing: it changes "
                    + moved.joined(separator: ", "))
        } catch let error as LedgerNodeError {
            throw error
        } catch let error as LedgerError {
            throw Self.fatal(error)
        } catch {
            invariantBroken("reading the state throws the two errors above")
        }
    }

    func commit() throws(LedgerNodeError) {
        guard let block = pending else { throw .application(reason: "there is no finalised block to commit") }
        // What genesis wrote is the state before the first block.
        let first =
            height == 0
            ? genesis.map { LedgerStore.Change(height: firstHeight, key: $0.key.bytes, value: $0.value) } : []
        let changes = block.writes.map {
            LedgerStore.Change(height: block.height, key: $0.key.bytes, value: $0.value)
        }
        try store.commit(height: block.height, appHash: block.tree.rootHash, changes: first + changes, chain: marks)
        // Only now: a commit that failed left everything as it was.
        if height == 0 { cache.clear() }
        for write in block.writes { cache.note(write.key, write.value) }
        pending = nil
        prepared = nil
        genesis = []
        height = block.height
        trees[height] = block.tree
        trees[height - LedgerStore.history - 1] = nil
    }

    /// Written with the first height; a home that was made without them stays as it is.
    private var marks: LedgerStore.ChainMarks? {
        height == 0 ? ledger.map { .init(id: $0.text, firstHeight: firstHeight) } : nil
    }

    /// Begins at a restored state, which the store holds already.
    func adopt(_ tree: SparseMerkleTree, chain: LedgerStore.ChainMarks) throws(LedgerNodeError) {
        ledger = try Self.chainID(chain.id)
        firstHeight = chain.firstHeight
        height = chain.firstHeight
        trees = [height: tree]
        genesis = []
        pending = nil
        prepared = nil
        cache.clear()
    }

    private static func changes(_ writes: [StateWrite]) -> [SparseMerkleTree.Change] {
        writes.map { write in
            .init(path: SparseMerkleTree.path(of: write.key.bytes), valueHash: write.value.map(Hash.sha256))
        }
    }

    private static func fatal(_ error: LedgerError) -> LedgerNodeError { .application(reason: error.description) }
}
