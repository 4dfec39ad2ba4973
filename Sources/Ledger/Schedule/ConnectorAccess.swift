public import SignedRecords

/// Who may charge at a connector, by what its owner and its users put on the ledger. The owner always may; a guest in the
/// owner's hours, unless the owner claims the connector or another has reserved it.
public struct ConnectorAccess: Hashable, Sendable {
    /// Whose charger it is.
    public let owner: AccountID
    /// When guests may charge; nil at all hours.
    public let sharing: Sharing?
    /// The owner's priority.
    public let claim: OwnerClaim?
    /// Who comes, and when.
    public let reservations: Reservations

    /// Access by its parts.
    public init(
        owner: AccountID, sharing: Sharing? = nil, claim: OwnerClaim? = nil, reservations: Reservations = .init()
    ) {
        self.owner = owner
        self.sharing = sharing
        self.claim = claim
        self.reservations = reservations
    }

    /// Why an account may not charge now.
    public enum Refusal: Hashable, Sendable, CustomStringConvertible {
        /// Something here depends on the time, and nobody knows it.
        case timeUnknown
        /// The owner wants it for himself until then.
        case claimed(until: UTCMilliseconds)
        /// It is kept for another until then.
        case reserved(until: UTCMilliseconds)
        /// Guests charge at other hours.
        case outOfHours

        /// A few words.
        public var description: String {
            switch self {
            case .timeUnknown: "the time is not known, and who may charge depends on it"
            case .claimed: "the owner has claimed the connector"
            case .reserved: "the connector is reserved"
            case .outOfHours: "the owner does not share the charger at this hour"
            }
        }
    }

    /// Whether an account may charge, and until when; nil for no end that is known.
    public enum Verdict: Hashable, Sendable {
        case allowed(until: UTCMilliseconds?)
        case refused(Refusal)
    }

    /// What holds for an account at a moment; nil for a moment that nobody knows.
    public func verdict(for user: AccountID, at moment: UTCMilliseconds?) -> Verdict {
        if user == owner { return .allowed(until: nil) }
        if sharing == nil, claim == nil, reservations.list.isEmpty { return .allowed(until: nil) }
        guard let moment else { return .refused(.timeUnknown) }
        if let claim, claim.until > moment { return .refused(.claimed(until: claim.until)) }
        if let other = reservations.keptFromOthers(than: user, at: moment) {
            return .refused(.reserved(until: other.hasCome ? other.until : other.keptUntil))
        }
        var end = reservations.nextOfOthers(than: user, after: moment)
        if let sharing {
            let hours = sharing.windows.end(after: moment, in: sharing.week)
            if hours == moment { return .refused(.outOfHours) }
            if let hours { end = min(end ?? hours, hours) }
        }
        return .allowed(until: end)
    }
}
