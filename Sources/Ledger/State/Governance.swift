public import SignedRecords

/// Who may change this ledger's rules, and who may release firmware: `[revision, threshold, [member, …], [authority, …]]`. A
/// ledger whose genesis names nobody never changes them.
public struct Governance: StateValue {
    public static let noun = "governance"
    /// The most members, and the most authorities.
    public static let maximumCount = 32

    /// How often it was changed.
    public let revision: UInt64
    /// How many members must want the same.
    public let threshold: UInt64
    /// Accounts that vote, rising.
    public let members: [AccountID]
    /// Accounts that may each release firmware, rising.
    public let releaseAuthorities: [AccountID]

    /// Throws `LedgerError.refused` for no member, too many or not rising ones, and a threshold outside 1 to their number.
    public init(
        revision: UInt64 = 0, threshold: UInt64, members: [AccountID], releaseAuthorities: [AccountID]
    ) throws(LedgerError) {
        guard (1...Self.maximumCount).contains(members.count), releaseAuthorities.count <= Self.maximumCount else {
            throw .refused(
                what: "governance", expected: "1 to 32 members, at most 32 authorities",
                found: "\(members.count) and \(releaseAuthorities.count)")
        }
        for list in [members, releaseAuthorities] {
            guard zip(list, list.dropFirst()).allSatisfy({ $0.bytes.lexicographicallyPrecedes($1.bytes) }) else {
                throw .refused(what: "governance", expected: "each account once, rising", found: "another order")
            }
        }
        guard threshold >= 1, threshold <= UInt64(members.count) else {
            throw .refused(what: "threshold", expected: "1 to \(members.count)", found: "\(threshold)")
        }
        self.revision = revision
        self.threshold = threshold
        self.members = members
        self.releaseAuthorities = releaseAuthorities
    }

    public var items: [CBOR] {
        [
            .unsigned(revision), .unsigned(threshold), .array(members.map { .bytes($0.bytes) }),
            .array(releaseAuthorities.map { .bytes($0.bytes) }),
        ]
    }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        try self.init(
            revision: try values.unsigned("revision"), threshold: try values.unsigned("threshold"),
            members: try values.accounts("members", count: 1...Self.maximumCount),
            releaseAuthorities: try values.accounts("authorities", count: 0...Self.maximumCount))
    }
}

/// What members of the governance vote on: the whole of the new rules, each of the next revision.
public struct Proposal: StateValue {
    public static let noun = "proposal"

    /// The ledger's new parameters; nil to keep them.
    public let parameters: LedgerParameters?
    /// The new governance; nil to keep it.
    public let governance: Governance?

    /// A proposal.
    public init(parameters: LedgerParameters?, governance: Governance?) {
        self.parameters = parameters
        self.governance = governance
    }

    /// Its name: SHA-256 of its encoding.
    public var hash: ContentHash { ContentHash(hashing: encoded()) }

    public var items: [CBOR] { [.array(parameters?.items ?? []), .array(governance?.items ?? [])] }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        var rules = try values.array("parameters")
        parameters = rules.hasMore ? try LedgerParameters(reading: &rules) : nil
        try rules.finish()
        var board = try values.array("governance")
        governance = board.hasMore ? try Governance(reading: &board) : nil
        try board.finish()
    }
}

/// The members that want a proposal, rising.
public struct Votes: StateValue {
    public static let noun = "votes"

    /// Who voted for it.
    public var members: [AccountID]

    /// Votes from their places.
    public init(members: [AccountID]) { self.members = members }

    public var items: [CBOR] { [.array(members.map { .bytes($0.bytes) })] }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        members = try values.accounts("members", count: 1...Governance.maximumCount)
    }
}
