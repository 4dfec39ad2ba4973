public import Quantities
public import SignedRecords

/// What a ``PlatformLink`` needs to know before it runs.
public struct PlatformLinkConfiguration: Sendable {
    /// Where the node is.
    public var endpoint: RPCEndpoint
    /// Other nodes: each header must be confirmed by one of them, and one takes the primary's place when that fails.
    public var witnesses: [RPCEndpoint] = []
    /// PEM file with the authorities to believe for https; nil means the system's.
    public var trustRoots: String?
    /// Shown to nodes that ask for a client certificate; nil shows none.
    public var clientIdentity: TLSIdentity?
    /// Whether the primary's events bring the next look forward. They are hints, and nothing waits for them.
    public var listensToEvents = false
    /// Events bring a look forward at most once in so long.
    public var hintInterval: Nanoseconds = .seconds(1)
    /// The ledger.
    public var chainID: LedgerChainID
    /// Where trust starts when nothing is stored.
    public var anchor: TrustAnchor
    /// How long a header is trusted; two thirds of the chain's evidence window.
    public var trustingPeriod: Duration
    /// How far a header's time may lie ahead of our clock.
    public var clockDrift: Duration = .seconds(10)
    /// Age of the newest header past which its state does not count as the present one. A ledger makes a block at the
    /// latest 60 s after the last (DECISIONS), so an older one is held back by someone.
    public var maximumHeaderAge: Duration = .seconds(300)
    /// Folder of the trusted block and the proofs.
    public var storeDirectory: String
    /// This device.
    public var device: DeviceID
    /// Number of connectors; their chains are 1 to this.
    public var connectors: UInt32
    /// Wait between two looks at the ledger.
    public var pollInterval: Nanoseconds = .seconds(1)
    /// Longest time for one call.
    public var callDeadline: Nanoseconds = .seconds(10)
    /// First wait after a failure.
    public var retryBase: Nanoseconds = .seconds(1)
    /// Longest wait after failures.
    public var retryCap: Nanoseconds = .seconds(60)
    /// Bounds of what is sent.
    public var outbox = OutboxLimits()
    /// Seed of the jitter; different on every device.
    public var seed: UInt64

    /// A configuration with the usual times; the seed follows from the device.
    public init(
        endpoint: RPCEndpoint, chainID: LedgerChainID, anchor: TrustAnchor, trustingPeriod: Duration,
        storeDirectory: String, device: DeviceID, connectors: UInt32
    ) {
        self.endpoint = endpoint
        self.chainID = chainID
        self.anchor = anchor
        self.trustingPeriod = trustingPeriod
        self.storeDirectory = storeDirectory
        self.device = device
        self.connectors = connectors
        seed = device.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The device's chains: its own, then the connectors'.
    var chains: [ChainNumber] { (0...connectors).map(ChainNumber.init(rawValue:)) }
}
