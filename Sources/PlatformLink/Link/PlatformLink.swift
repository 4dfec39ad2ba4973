import Ledger
public import LightClient
public import Logging
public import Quantities
import SignedRecords

// Owns the order of one look at the ledger: headers first, then the state under the newest trusted header, then
// acknowledgements, then what is to be sent. A look that meets a lie ends there; what it had proved before stands, and
// nothing else is stored, acknowledged or told.

/// The device's side of the ledger: believes only proofs, sends only stored bytes.
///
/// Made once, run once: ``run()`` looks at the ledger every poll interval until its task is cancelled, and waits longer
/// and longer while looks fail.
public actor PlatformLink {
    let configuration: PlatformLinkConfiguration
    /// The nodes: the primary is asked for state and takes transactions.
    let providers: Providers
    let source: any RecordSource
    let proofs: ProofStore
    let logger: Logger
    let monotonic: @Sendable () -> MonotonicInstant
    let tell: @Sendable (PlatformEvent) async -> Void
    private let synchroniser: Synchroniser
    private nonisolated let wakeSignal = WakeSignal()
    private var backOff: BackOff
    private var loggedError: PlatformLinkError?
    private var hasStarted = false

    /// What was proved and told so far.
    var told = ToldState()
    /// One for each chain.
    var outboxes: [ChainNumber: Outbox] = [:]
    /// Sessions whose settlement is not on disk yet.
    var awaited: [SessionID: EndedSession] = [:]
    /// App hash of the last header under which everything was read.
    private var readUnder: [UInt8]?
    /// The node whose state was looked at in this look; nil before its headers were trusted.
    private var askedForState: String?
    /// The last batch that the node refused in this look.
    var batchError: PlatformLinkError?

    /// A link that goes on from its store.
    ///
    /// - Parameters:
    ///   - configuration: Where, what, how often.
    ///   - source: The journal.
    ///   - logger: Every refusal gets a line that says why.
    ///   - utc: The wall clock; nil while it is not set. Without it no header is judged, and no node is asked.
    ///   - isVouchedFor: Whether a time source vouches for the wall clock now; nil lets any clock count that is set.
    ///   - monotonic: The monotonic clock.
    ///   - onEvent: Called for each event, one after another; the next look waits for it.
    ///   - transports: How to reach the nodes, the primary first; empty makes HTTP connections to the configured endpoints.
    /// - Throws: `tlsSetup`, `storeFailed`, `storeMalformed`, `headerRefused` for times outside their bounds.
    public init(
        _ configuration: PlatformLinkConfiguration, source: any RecordSource, logger: Logger,
        utc: @escaping @Sendable () -> Timestamp?, isVouchedFor: (@Sendable () -> Bool)? = nil,
        monotonic: @escaping @Sendable () -> MonotonicInstant,
        onEvent: @escaping @Sendable (PlatformEvent) async -> Void, transports: [any RPCTransport] = []
    ) throws(PlatformLinkError) {
        self.configuration = configuration
        self.source = source
        self.logger = logger
        self.monotonic = monotonic
        tell = onEvent
        var carriers = transports
        if carriers.isEmpty {
            for endpoint in [configuration.endpoint] + configuration.witnesses {
                carriers.append(
                    try HTTPTransport(
                        endpoint, trustRoots: configuration.trustRoots, identity: configuration.clientIdentity))
            }
        }
        let clients = carriers.map { NodeClient(transport: $0, deadline: configuration.callDeadline) }
        let providers = Providers(primary: clients[0], witnesses: Array(clients.dropFirst()))
        self.providers = providers
        let options: TrustOptions
        do throws(LightClientError) {
            options = try TrustOptions(period: configuration.trustingPeriod, drift: configuration.clockDrift)
        } catch {
            throw .headerRefused(height: configuration.anchor.height, reason: error)
        }
        let store = try TrustedStore(directory: configuration.storeDirectory)
        proofs = ProofStore(directory: configuration.storeDirectory)
        try proofs.prepare()
        let log = logger
        synchroniser = try Synchroniser(
            providers: providers, chainID: configuration.chainID.text, anchor: configuration.anchor, options: options,
            store: store, utc: utc, isVouchedFor: isVouchedFor, monotonic: monotonic,
            onProgress: { Self.note($0, in: log) })
        backOff = BackOff(base: configuration.retryBase, cap: configuration.retryCap, seed: configuration.seed)
    }

    /// Looks at the ledger until the task is cancelled. Never ends by itself.
    public func run() async {
        invariant(!hasStarted, "a platform link runs once")
        hasStarted = true
        let events = configuration.listensToEvents ? Task { await listen() } : nil
        defer { events?.cancel() }
        while !Task.isCancelled {
            if await turn() {
                backOff.succeeded()
                await wakeSignal.wait(atMost: configuration.pollInterval)
            } else {
                // New records do not cut this wait short: a node in trouble is not hurried by a busy charger.
                try? await Task.sleep(for: .nanoseconds(backOff.failed().rawValue))
            }
        }
        await providers.close()
    }

    /// The node that is asked now.
    var client: NodeClient { providers.primary }

    private static func note(_ progress: SyncProgress, in log: Logger) {
        switch progress {
        case .trusted(let block): log.debug("header \(block.height) of \(block.header.time.rfc3339) is trusted")
        case .primaryReplaced(let from, let to, let reason):
            log.warning("\(from) is no longer the primary node, \(to) is: \(reason)")
        case .compared(let witness, let height, .dropped(let reason)):
            log.warning("the witness \(witness) is not asked again: header \(height): \(reason)")
        case .compared(let witness, let height, .ignored(let reason)):
            log.debug("the witness \(witness) says nothing about header \(height): \(reason)")
        case .halted(let halt): log.critical("\(halt)")
        case .reported(let evidence, let receiver, nil):
            log.critical("evidence of a \(evidence.kind.rawValue) attack was given to \(receiver)")
        case .reported(let evidence, let receiver, let refusal?):
            log.critical("evidence of a \(evidence.kind.rawValue) attack was not taken by \(receiver): \(refusal)")
        case .fetched, .decided, .compared, .reanchored: break
        }
    }

    /// One look and its report; whether it went through.
    func turn() async -> Bool {
        do throws(PlatformLinkError) {
            try await look()
            await report(nil)
            return true
        } catch {
            // A look cut short by our own shutdown is no news.
            guard !Task.isCancelled else { return false }
            await report(error)
            replacePrimary(after: error)
            return false
        }
    }

    /// What the synchroniser met it has judged already; this is about what came after the headers.
    private func replacePrimary(after error: PlatformLinkError) {
        guard let asked = askedForState else { return }
        askedForState = nil
        replacePrimary(asked, after: error)
    }

    func replacePrimary(_ asked: String, after error: PlatformLinkError) {
        guard providers.replace(asked, fault: error.fault, reason: "\(error)") else { return }
        logger.warning("\(asked) is no longer the primary node, \(client.endpoint) is: \(error)")
    }

    /// New records are durable: look now instead of at the next poll.
    public nonisolated func wake() {
        wakeSignal.signal()
    }

    /// One look at the ledger.
    private func look() async throws(PlatformLinkError) {
        batchError = nil
        if outboxes.isEmpty { try await openOutboxes() }
        let block = try await synchroniser.advance()
        askedForState = client.endpoint
        try await checkFresh(block)
        // The state under an app hash never changes: what was read once needs no second look.
        if readUnder != block.header.appHash {
            let state = try ProvedState(under: block, client: client)
            try await readRegistration(state)
            try await readAccess(state)
            for chain in configuration.chains { try await readHead(chain, state) }
            for chain in configuration.chains where chain != .device { try await readGrant(chain, state) }
            try await readSettlements(state)
            try await readVouchers(state)
            readUnder = block.header.appHash
        }
        try await readRelease(under: block)
        told.height = block.height
        told.headerTime = block.header.time
        told.headerHash = block.header.hash()
        try await send()
        askedForState = nil
    }

    private func openOutboxes() async throws(PlatformLinkError) {
        let settled = Set(try proofs.sessions())
        var opened: [ChainNumber: Outbox] = [:]
        for chain in configuration.chains {
            let position = try await ask { try await $0.position(of: chain) }
            opened[chain] = Outbox(
                chain: chain, acknowledged: position.acknowledged, limits: configuration.outbox,
                seed: configuration.seed &+ UInt64(chain.rawValue))
            guard chain != .device else { continue }
            for ended in try await ask({ try await $0.endedSessions(of: chain) })
            where !settled.contains(ended.session) {
                awaited[ended.session] = ended
            }
        }
        outboxes = opened
    }

    private func checkFresh(_ block: LightBlock) async throws(PlatformLinkError) {
        let now = try await synchroniser.now()
        let age = now.since(block.header.time)
        guard age <= configuration.maximumHeaderAge else {
            throw .staleHeader(
                height: block.height, ageSeconds: age.components.seconds,
                limitSeconds: configuration.maximumHeaderAge.components.seconds)
        }
    }

    /// Asks the record source and puts its failures into this room's words.
    func ask<Answer: Sendable>(
        _ question: @Sendable (any RecordSource) async throws -> Answer
    ) async throws(PlatformLinkError) -> Answer {
        do {
            return try await question(source)
        } catch let error as PlatformLinkError {
            throw error
        } catch {
            throw .recordSourceFailed(reason: "\(error)")
        }
    }

    private func report(_ error: PlatformLinkError?) async {
        let shown = error ?? batchError
        if let error {
            // The same failure again is no news for the log; the event goes out each time.
            let level: Logger.Level = error == loggedError ? .debug : .warning
            if case .trustHalted(let halt) = error {
                logger.log(level: level == .debug ? .debug : .critical, "trust in the ledger is halted: \(halt)")
                await tell(.halted(halt))
            } else if error.isRefusedAnswer {
                logger.log(
                    level: level,
                    "answer of \(client.endpoint) refused: \(error); nothing stored, nothing acknowledged")
                await tell(.refused(error))
            } else {
                logger.log(level: level, "ledger at \(client.endpoint) not available: \(error)")
                await tell(.unreachable(error))
            }
        } else if let batchError, batchError != loggedError {
            logger.warning("\(batchError)")
        } else if batchError == nil, loggedError != nil {
            logger.notice("ledger at \(client.endpoint) is available again at height \(told.height)")
        }
        loggedError = shown
        await tell(
            .status(
                PlatformStatus(
                    height: told.height, headerTime: told.headerTime, headerHash: told.headerHash,
                    backlog: told.backlog, lastError: shown,
                    isReachable: error == nil)))
    }
}
