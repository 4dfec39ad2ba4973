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
    ///   - pause: Waits for a witness that is behind.
    ///   - onProgress: Called with each fetched block, verdict and newly trusted block.
    /// - Throws: `storeFailed`, `storeMalformed`, `anchorNotNeeded`, `clockUnknown` (a new anchor needs the time).
    public init(
        providers: Providers, chainID: String, anchor: TrustAnchor, options: TrustOptions, store: TrustedStore?,
        reanchoring: Bool = false, utc: @escaping @Sendable () -> Timestamp?,
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
        if let trusted = sync.trusted {
            let now = try now()
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
                sync.status(status, now: try now())
            case .fetchBlock(let height):
                newestSaid = nil
                let block = try await primary.lightBlock(at: height, known: sync.trusted?.validators)
                onProgress(.fetched(block, from: primary.endpoint))
                sync.block(block, now: try now())
            case .store(let block):
                try await confirm(block, of: primary)
                try keep(block)
                sync.stored()
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

    func now() throws(PlatformLinkError) -> Timestamp {
        guard let now = utc() else { throw .clockUnknown }
        return now
    }
}
