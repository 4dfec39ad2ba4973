public import SignedRecords

/// Where a chain of the journal stands.
public struct JournalPosition: Sendable, Equatable {
    /// Number of the last record; 0 for an empty chain.
    public var head: UInt64
    /// Number up to which records are acknowledged; 0 for none. Never below `elsewhere`.
    public var acknowledged: UInt64
    /// Number up to which records belong to a ledger that the device has left; 0 for none. They are never sent here.
    public var elsewhere: UInt64

    /// A position from its parts.
    public init(head: UInt64, acknowledged: UInt64, elsewhere: UInt64 = 0) {
        self.head = head
        self.acknowledged = acknowledged
        self.elsewhere = elsewhere
    }
}

/// A session whose end record stands in the journal.
public struct EndedSession: Sendable, Hashable {
    /// The session.
    public var session: SessionID
    /// Its connector's chain.
    public var chain: ChainNumber
    /// Number of its end record.
    public var endSequence: UInt64

    /// A session from its parts.
    public init(session: SessionID, chain: ChainNumber, endSequence: UInt64) {
        self.session = session
        self.chain = chain
        self.endSequence = endSequence
    }
}

/// The journal as the platform link sees it. The record thread owns the journal; these calls reach it.
public protocol RecordSource: Sendable {
    /// Where a chain stands.
    func position(of chain: ChainNumber) async throws -> JournalPosition

    /// The durable records after the acknowledged one, in order, at most `limit`.
    func unacknowledged(_ chain: ChainNumber, limit: Int) async throws -> [SignedRecord]

    /// The hash of the record with this number; nil when the journal does not hold it.
    func hash(of chain: ChainNumber, at sequence: UInt64) async throws -> RecordHash?

    /// Notes durably that the ledger accepted every record up to `sequence`.
    func acknowledge(_ chain: ChainNumber, through sequence: UInt64, hash: RecordHash) async throws

    /// The ended sessions of a chain whose settlement may still have to be proved: at least all whose end record is not
    /// acknowledged, and the newest that are. Asked once, at start.
    func endedSessions(of chain: ChainNumber) async throws -> [EndedSession]

    /// Vouchers whose use is to be proved in this look, a few at a time.
    func vouchersToProve() async throws -> [GrantHash]

    /// A firmware release whose standing is to be proved in this look; nil where nobody asks. Asked until it was told.
    func releaseToProve() async throws -> ReleaseQuestion?
}

extension RecordSource {
    /// None: a source that knows of no vouchers.
    public func vouchersToProve() async throws -> [GrantHash] { [] }

    /// None: a source that knows of no firmware.
    public func releaseToProve() async throws -> ReleaseQuestion? { nil }
}
