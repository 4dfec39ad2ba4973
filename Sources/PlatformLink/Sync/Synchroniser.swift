public import LightClient
public import Quantities

/// Drives ``HeaderSync`` against a primary and ``Detector`` against its witnesses: fetches what they ask for, stores what
/// is verified and confirmed.
public actor Synchroniser {
    let providers: Providers
    let chainID: String
    let options: TrustOptions
    let store: TrustedStore?
    let pause: @Sendable (Nanoseconds) async -> Void
    let onProgress: @Sendable (SyncProgress) -> Void
    private let anchor: TrustAnchor
    private let utc: @Sendable () -> Timestamp?
    private let isVouchedFor: (@Sendable () -> Bool)?
    private let monotonic: (@Sendable () -> MonotonicInstant)?
    /// Below it the wall clock is wrong; nil before anything was trusted, and without a monotonic clock.
    private var passed: PassedTime?
    var sync: HeaderSync
    /// While it stands, nothing more is trusted.
    var halt: TrustHalt?
    /// What a new anchor replaces; nil where trust goes on from the store.
    private var replaced: (reason: Reanchoring.Reason, old: TrustAnchor)?

    /// A synchroniser that goes on from what `store` holds, or from the anchor.
    ///
    /// - Parameters:
    ///   - store: Where trust is kept; nil keeps it in memory.
    ///   - reanchoring: Begin anew at `anchor` although the store holds a block; only for one that expired or is halted.
    ///   - utc: The wall clock; nil while it is not set.
    ///   - isVouchedFor: Whether a time source vouches for it now; nil where that is not asked for.
    ///   - monotonic: The time since some moment, which nobody sets; with it a wall clock that is set back during the run is
    ///     noticed.
    ///   - pause: Waits for a witness that is behind.
    ///   - onProgress: Called with each fetched block, verdict and newly trusted block.
    /// - Throws: `storeFailed`, `storeMalformed`, `anchorNotNeeded`, `clockUnknown` (a new anchor needs the time).
    public init(
        providers: Providers, chainID: String, anchor: TrustAnchor, options: TrustOptions, store: TrustedStore?,
        reanchoring: Bool = false, utc: @escaping @Sendable () -> Timestamp?,
        isVouchedFor: (@Sendable () -> Bool)? = nil, monotonic: (@Sendable () -> MonotonicInstant)? = nil,
        pause: @escaping @Sendable (Nanoseconds) async -> Void = {
            try? await Task.sleep(for: .nanoseconds($0.rawValue))
        }, onProgress: @escaping @Sendable (SyncProgress) -> Void = { _ in }
    ) throws(PlatformLinkError) {
        self.providers = providers
        self.chainID = chainID
        self.anchor = anchor
        self.options = options
        self.store = store
        self.utc = utc
        self.isVouchedFor = isVouchedFor
        self.monotonic = monotonic
        self.pause = pause
        self.onProgress = onProgress
        var stored = try store?.load(chainID: chainID)
        let standing = try store?.halt(chainID: chainID)
        halt = standing
        if reanchoring, let block = stored, let hash = block.header.hash() {
            guard let now = utc() else { throw .clockUnknown }
            guard standing != nil || now.since(block.header.time) >= options.period else {
                throw .anchorNotNeeded(height: block.height)
            }
            replaced = (standing == nil ? .expired : .halted, TrustAnchor(height: block.height, hash: hash))
            stored = nil
            halt = nil
        }
        sync = HeaderSync(chainID: chainID, anchor: anchor, options: options, stored: stored)
        if let stored, let monotonic { passed = PassedTime(header: stored.header.time, now: monotonic()) }
    }

    /// The newest block that is trusted; nil before the anchor was verified.
    public var trusted: LightBlock? { sync.trusted }

    /// Follows the chain to the primary's newest height. A primary that fails is replaced by a witness, at most once for
    /// each node that may be asked.
    ///
    /// - Returns: The newest trusted block. It is durable.
    /// - Throws: The refusal or the failure; trust is then what it was.
    public func advance() async throws(PlatformLinkError) -> LightBlock {
        var left = providers.count
        while true {
            let primary = providers.primary
            do throws(PlatformLinkError) {
                return try await run(with: primary)
            } catch {
                left -= 1
                // What a shutdown cuts short is nobody's fault.
                guard !Task.isCancelled,
                    providers.replace(primary.endpoint, fault: fault(of: error), reason: "\(error)")
                else { throw error }
                onProgress(
                    .primaryReplaced(from: primary.endpoint, to: providers.primary.endpoint, reason: error))
                guard left > 0 else { throw error }
            }
        }
    }

    /// A node whose newest height is below ours is behind, and no liar for it; a block that is not above ours is a lie.
    private func fault(of error: PlatformLinkError) -> ProviderFault? {
        if case .replayedHeader(_, let offered, _) = error, offered == newestSaid { return .service }
        return error.fault
    }

    /// What the primary said its newest height is, in this run.
    private var newestSaid: Int64?

    private func run(with primary: NodeClient) async throws(PlatformLinkError) -> LightBlock {
        if let halt { throw .trustHalted(halt) }
        // No node needs to be asked for that.
        let now = try now()
        if let trusted = sync.trusted {
            guard trusted.header.time.since(now) < options.drift else {
                throw .clockBehindTrustedHeader(now: now, trusted: trusted.header.time)
            }
            guard now.since(trusted.header.time) < options.period else {
                throw .trustExpired(height: trusted.height, time: trusted.header.time, now: now)
            }
        }
        sync.restart()
        newestSaid = nil
        var reported = 0
        while true {
            switch sync.step {
            case .fetchStatus:
                let status = try await primary.status()
                newestSaid = status.latestHeight
                sync.status(status, now: try self.now())
            case .fetchBlock(let height):
                newestSaid = nil
                let block = try await primary.lightBlock(at: height, known: sync.trusted?.validators)
                onProgress(.fetched(block, from: primary.endpoint))
                sync.block(block, now: try self.now())
            case .store(let block):
                try await confirm(block, of: primary)
                try keep(block)
                sync.stored()
                if let monotonic { passed = PassedTime(header: block.header.time, now: monotonic()) }
                onProgress(.trusted(block))
            case .upToDate:
                guard let trusted = sync.trusted else { throw .chainTooYoung(height: 0) }
                return trusted
            case .refused(let error):
                report(from: &reported)
                throw error
            }
            report(from: &reported)
        }
    }

    /// Makes a verified and confirmed block durable.
    private func keep(_ block: LightBlock) throws(PlatformLinkError) {
        guard let replaced, let store else {
            try store?.save(block)
            return
        }
        let reanchoring = Reanchoring(reason: replaced.reason, old: replaced.old, new: anchor, time: try now())
        try store.begin(at: block, reanchoring, chainID: chainID)
        self.replaced = nil
        onProgress(.reanchored(reanchoring))
    }

    private func report(from reported: inout Int) {
        for verdict in sync.verdicts.dropFirst(reported) { onProgress(.decided(verdict)) }
        reported = sync.verdicts.count
    }

    /// The wall clock, where it may be gone by.
    ///
    /// - Throws: `clockUnknown`, `clockNotSynchronised`, `clockBehindTrustedHeader`, `clockWentBack`.
    func now() throws(PlatformLinkError) -> Timestamp {
        guard let now = utc() else { throw .clockUnknown }
        if let isVouchedFor, !isVouchedFor() { throw .clockNotSynchronised(now: now) }
        if let passed, let monotonic {
            let bound = passed.bound(at: monotonic())
            guard bound.since(now) < options.drift else {
                guard let trusted = sync.trusted?.header.time, trusted.since(now) >= options.drift else {
                    throw .clockWentBack(now: now, passed: bound)
                }
                throw .clockBehindTrustedHeader(now: now, trusted: trusted)
            }
        }
        return now
    }
}
