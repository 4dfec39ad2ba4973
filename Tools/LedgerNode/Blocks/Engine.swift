internal import Ledger
internal import LightClient
internal import Logging

/// The one place where the chain, its state and the mempool change, one step at a time.
actor Engine {
    let chain: StandaloneChain
    let store: LedgerStore
    nonisolated let chainID: String
    nonisolated let genesis: GenesisDocument
    nonisolated let blockEvents = BlockEvents()
    private(set) var listenAddress = ""
    private(set) var mempool = Mempool()
    /// Evidence that waits for a block.
    private(set) var evidence: [Evidence] = []
    /// The faults that were asked for.
    var board = FaultBoard()

    let home: NodeHome
    let logger: Logger
    private let blockInterval: Duration
    private let emptyInterval: Duration
    private let monotonic = ContinuousClock()
    /// When the last block with transactions, and the last block at all, was made.
    private var lastFull: ContinuousClock.Instant
    private var lastBlock: ContinuousClock.Instant
    private var timer: Task<Void, Never>?
    private var isStopped = false
    /// Blocks are made at once up to this height: the one at which changed validators sign.
    private var settledHeight: Int64 = 0
    /// Those who wait for a transaction's block.
    private var waiting: [Hash: [Int: CheckedContinuation<StoredTransaction?, Never>]] = [:]
    private var nextTicket = 0

    /// After a failed block, the next attempt.
    private static let retryDelay = Duration.seconds(1)

    init(_ configuration: LedgerNodeConfiguration) throws(LedgerNodeError) {
        guard configuration.blockIntervalMilliseconds > 0, configuration.emptyBlockMilliseconds > 0 else {
            throw .configuration(field: "block interval", reason: "expected at least 1 ms")
        }
        logger = configuration.logger
        blockInterval = .milliseconds(configuration.blockIntervalMilliseconds)
        emptyInterval = .milliseconds(configuration.emptyBlockMilliseconds)
        let home = try NodeHome(configuration)
        self.home = home
        genesis = home.genesis
        chainID = home.genesis.chainID
        let store = try LedgerStore(path: home.databasePath)
        self.store = store
        let application = try LedgerApplication(store: store, chainID: home.genesis.chainID)
        chain = try StandaloneChain(
            application: application, store: store, home: home, clock: configuration.clock)
        lastBlock = monotonic.now
        lastFull = monotonic.now.advanced(by: .zero - blockInterval)
    }

    // MARK: Blocks

    var height: Int64 { chain.height }

    func block(at height: Int64) throws(LedgerNodeError) -> StoredBlock? { try store.block(at: height) }

    func listens(at address: String) { listenAddress = address }

    /// Makes what the chain owes before anyone asks: its first two blocks, or the proof of the newest state.
    func begin() throws(LedgerNodeError) {
        try proveState()
        schedule()
    }

    func stop() {
        isStopped = true
        timer?.cancel()
        for tickets in waiting.values {
            for continuation in tickets.values { continuation.resume(returning: nil) }
        }
        waiting = [:]
    }

    /// Closes the database and lets the home go; after `stop`, when nobody asks any more.
    func close() {
        store.database.close()
        home.release()
    }

    /// Plans the next block: after the interval while transactions wait, otherwise the empty one.
    func schedule(after delay: Duration? = nil) {
        guard !isStopped else { return }
        timer?.cancel()
        let full = hasWork ? lastFull.advanced(by: blockInterval) : nil
        let empty = lastBlock.advanced(by: emptyInterval)
        let due = delay.map { monotonic.now.advanced(by: $0) } ?? min(full ?? empty, empty)
        let clock = monotonic
        timer = Task { [weak self] in
            do { try await clock.sleep(until: due) } catch { return }
            await self?.timerFired()
        }
    }

    private var hasWork: Bool { !mempool.isEmpty || !evidence.isEmpty }

    /// Whether a block can be made: nobody holds the chain up, and enough validators vote.
    var canMakeBlock: Bool { !chain.faults.isStalled && chain.hasQuorum }

    private func timerFired() {
        guard !isStopped else { return }
        do {
            guard canMakeBlock else { return schedule(after: blockInterval) }
            try makeDueBlock()
            schedule()
        } catch {
            // Nothing of the failed block stands; a full disk may have room later.
            logger.critical("no block was made: \(error)")
            schedule(after: Self.retryDelay)
        }
    }

    private func makeDueBlock() throws(LedgerNodeError) {
        let now = monotonic.now
        var transactions: [[UInt8]] = []
        let isFull = hasWork && now >= lastFull.advanced(by: blockInterval)
        if isFull {
            lastFull = now
            if !chain.faults.withholdsTransactions {
                transactions = try chain.application.prepareProposal(
                    mempool.entries.map(\.bytes), maximumBytes: StandaloneChain.maximumTransactionBytes,
                    time: try chain.nextTime())
            }
        }
        let isWanted = !transactions.isEmpty || isFull && !evidence.isEmpty
        guard isWanted || now >= lastBlock.advanced(by: emptyInterval) else { return }
        try makeBlock(transactions)
        try proveState()
    }

    /// A changed state is proved by the next header, which is made at once.
    func proveState() throws(LedgerNodeError) {
        while canMakeBlock, chain.owesProof || chain.height < settledHeight { try makeBlock([]) }
    }

    /// Makes a block that changes validators, and those up to the first that the changed set signs; returns its height.
    func changeValidators(_ updates: [ABCI.ValidatorUpdate]) throws(LedgerNodeError) -> Int64 {
        let height = chain.height + 1
        try makeBlock([], updates: updates)
        settledHeight = height + 2
        try proveState()
        schedule()
        return height
    }

    private func makeBlock(_ transactions: [[UInt8]], updates: [ABCI.ValidatorUpdate] = []) throws(LedgerNodeError) {
        let included = EvidenceLimits.fitting(evidence)
        let made = try chain.makeBlock(transactions, updates: updates, evidence: included)
        lastBlock = monotonic.now
        logger.debug("block \(made.header.height) with \(transactions.count) transactions")
        evidence.removeFirst(included.count)
        for misbehavior in included.flatMap(\.misbehavior) {
            logger.error(
                """
                block \(made.header.height): validator \(Hex.encode(misbehavior.validator.address, upperCase: true)) \
                misbehaved at height \(misbehavior.height) (kind \(misbehavior.kind))
                """)
        }
        for result in made.results where result.isEquivocation {
            logger.error("block \(made.header.height): a charger is frozen: \(result.log)")
        }
        let application = chain.application
        try mempool.update(committed: transactions, height: made.header.height) {
            (transaction) throws(LedgerNodeError) in
            try application.checkTx(transaction).code == 0
        }
        for (index, transaction) in transactions.enumerated() {
            guard let tickets = waiting.removeValue(forKey: .sha256(transaction)) else { continue }
            let stored = StoredTransaction(
                height: made.header.height, index: UInt32(index), bytes: transaction, result: made.results[index])
            for continuation in tickets.values { continuation.resume(returning: stored) }
        }
        blockEvents.publish(made)
    }

    /// Takes evidence that was verified.
    func add(_ piece: Evidence) {
        evidence.append(piece)
        schedule()
    }

    // MARK: Transactions

    /// What became of a transaction that was sent in.
    enum Admission: Sendable {
        case checked(TransactionResult)
        case refused(Mempool.Refusal)
    }

    /// CheckTx, and into the mempool where it passes. Signatures, most of the work, are checked outside this actor and beside
    /// each other; nothing rests on that but speed, since CheckTx checks what is not remembered.
    func submit(_ transaction: [UInt8], hash: Hash) async throws(LedgerNodeError) -> Admission {
        do { try mempool.admit(hash, size: transaction.count) } catch { return .refused(error) }
        if let read = await Self.read(transaction) {
            for signature in await Self.holding(try chain.application.owedSignatures(of: read)) {
                chain.application.remember(signature)
            }
            // Meanwhile the same transaction may have come in, or the last room have been taken.
            do { try mempool.admit(hash, size: transaction.count) } catch { return .refused(error) }
        }
        let result = try chain.application.checkTx(transaction)
        if result.code == 0 {
            mempool.add(transaction, hash: hash, height: chain.height)
            schedule()
        }
        return .checked(result)
    }

    @concurrent private static func read(_ transaction: [UInt8]) async -> ReadTransaction? {
        try? ReadTransaction(decoding: transaction)
    }

    /// Those of the signatures that hold.
    @concurrent private static func holding(_ owed: [OwedSignature]) async -> [OwedSignature] {
        owed.filter { signature in
            do { try signature.check() } catch { return false }
            return true
        }
    }

    /// Waits for the block with a transaction; nil when `limit` is over or the node stops first.
    func result(of hash: Hash, within limit: Duration) async -> StoredTransaction? {
        let ticket = nextTicket
        nextTicket += 1
        let clock = monotonic
        let timeout = Task { [weak self] in
            do { try await clock.sleep(for: limit) } catch { return }
            await self?.giveUp(hash, ticket)
        }
        defer { timeout.cancel() }
        guard !isStopped else { return nil }
        return await withCheckedContinuation { continuation in
            waiting[hash, default: [:]][ticket] = continuation
        }
    }

    private func giveUp(_ hash: Hash, _ ticket: Int) {
        waiting[hash]?.removeValue(forKey: ticket)?.resume(returning: nil)
    }
}
