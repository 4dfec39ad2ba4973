public import Ledger
public import LightClient
public import SignedRecords

/// What the platform link tells the firmware. Everything in it about the ledger is proved.
public enum PlatformEvent: Sendable, Equatable {
    /// The ledger's head of a chain: first after the start and at each change. Nothing is signed on a chain before the
    /// first (DECISIONS); nil is a proved absence.
    case provedHead(ChainNumber, ChainHeadState?)
    /// What the ledger holds of a voucher that the record source asked for; nil is a proved absence.
    case voucherUse(GrantHash, VoucherUse?)
    /// How a firmware release stands that the record source asked for.
    case release(ProvedRelease)
    /// The device's registration: first after the start and at each change; nil means that it is not registered.
    case registration(ChargerRegistration?)
    /// The tariff of the device's registration: first after the start and at each change. What is sold where no grant can
    /// be asked for is sold under it.
    case tariff(Tariff)
    /// Who may charge at a connector: first after the start and at each change, before the grant that it bears on.
    case access(ChainNumber, ConnectorAccess)
    /// The grant that stands for a connector: first after the start and at each change; nil means that none stands.
    case grant(ChainNumber, ProvedGrant?)
    /// The ledger accepted every record up to this one, and the record source has noted it.
    case acknowledged(ChainNumber, through: UInt64)
    /// A session's settlement is proved; its proof bundle is on disk.
    case settlement(ChainNumber, SessionID, SessionSettlement)
    /// The ledger holds records that the journal does not: the journal was restored from an earlier image.
    /// `height` is that of the state which proved it. Once the record that says so is in the record source, it is sent.
    case rollbackDetected(ChainNumber, proved: ChainHeadState, journalHead: UInt64, height: Int64)
    /// The ledger holds another record than the journal under one number: two devices sign with one key.
    case equivocation(ChainNumber, proved: ChainHeadState, journal: RecordHash)
    /// An answer was a lie or a contradiction; nothing was stored and nothing acknowledged.
    case refused(PlatformLinkError)
    /// The node cannot be reached or cannot serve; charging goes by the offline policy.
    case unreachable(PlatformLinkError)
    /// Two chains follow from what was trusted. Nothing more is trusted until someone sets a new anchor; charging goes by the
    /// offline policy.
    case halted(TrustHalt)
    /// After each look at the ledger.
    case status(PlatformStatus)
}

/// A grant with all that a session needs to begin on it, proved under one header (the tariff by its hash).
public struct ProvedGrant: Sendable, Equatable {
    /// The grant.
    public let grant: Grant
    /// The tariff that the payer agreed to.
    public let tariff: Tariff
    /// The device's registration.
    public let registration: ChargerRegistration
    /// Height of the state.
    public let height: Int64
    /// Time of the header that it is proved under.
    public let headerTime: Timestamp
}

/// How the link stands.
public struct PlatformStatus: Sendable, Equatable {
    /// Newest trusted height; 0 before the anchor was verified.
    public var height: Int64
    /// Its time.
    public var headerTime: Timestamp?
    /// Its hash.
    public var headerHash: Hash?
    /// Records not acknowledged, all chains together.
    public var backlog: UInt64
    /// What went wrong in the last look, a refused batch included; nil when nothing did.
    public var lastError: PlatformLinkError?
    /// Whether the last look went through.
    public var isReachable: Bool
}
