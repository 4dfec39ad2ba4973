public import LightClient

/// Drives ``HeaderSync`` against a node: fetches what it asks for, stores what it trusts.
public actor Synchroniser {
    private let client: NodeClient
    private let store: TrustedStore?
    private let utc: @Sendable () -> Timestamp?
    private let onProgress: @Sendable (SyncProgress) -> Void
    private var sync: HeaderSync

    /// A synchroniser that goes on from what `store` holds, or from the anchor.
    ///
    /// - Parameters:
    ///   - store: Where trust is kept; nil keeps it in memory.
    ///   - utc: The wall clock; nil while it is not set.
    ///   - onProgress: Called with each fetched block, verdict and newly trusted block.
    /// - Throws: `storeFailed`, `storeMalformed`.
    public init(
        client: NodeClient, chainID: String, anchor: TrustAnchor, options: TrustOptions, store: TrustedStore?,
        utc: @escaping @Sendable () -> Timestamp?, onProgress: @escaping @Sendable (SyncProgress) -> Void = { _ in }
    ) throws(PlatformLinkError) {
        self.client = client
        self.store = store
        self.utc = utc
        self.onProgress = onProgress
        sync = HeaderSync(
            chainID: chainID, anchor: anchor, options: options, stored: try store?.load(chainID: chainID))
    }

    /// The newest block that is trusted; nil before the anchor was verified.
    public var trusted: LightBlock? { sync.trusted }

    /// Follows the chain to the node's newest height.
    ///
    /// - Returns: The newest trusted block. It is durable.
    /// - Throws: The refusal or the failure; trust is then what it was.
    public func advance() async throws(PlatformLinkError) -> LightBlock {
        sync.restart()
        var reported = 0
        while true {
            switch sync.step {
            case .fetchStatus:
                let status = try await client.status()
                sync.status(status, now: try now())
            case .fetchBlock(let height):
                let block = try await client.lightBlock(at: height, known: sync.trusted?.validators)
                onProgress(.fetched(block))
                sync.block(block, now: try now())
            case .store(let block):
                try store?.save(block)
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

    private func report(from reported: inout Int) {
        for verdict in sync.verdicts.dropFirst(reported) { onProgress(.decided(verdict)) }
        reported = sync.verdicts.count
    }

    private func now() throws(PlatformLinkError) -> Timestamp {
        guard let now = utc() else { throw .clockUnknown }
        return now
    }
}
