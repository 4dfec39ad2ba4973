internal import Ledger
public import SignedRecords

/// Whether a guest could begin to charge at a connector now, by what the ledger has of it: the first that holds.
public enum ConnectorState: Hashable, Sendable {
    /// A bench device: it sells nothing.
    case bench
    /// The charger's key is not believed any more.
    case frozen
    /// Faults stand, by their codes.
    case faulted([UInt16])
    /// A session is open.
    case occupied
    /// The owner wants it until then.
    case owners(until: UTCMilliseconds)
    /// Somebody has reserved it.
    case reserved(until: UTCMilliseconds)
    /// Not in the hours in which the owner shares it.
    case outOfHours
    /// None of that.
    case free

    /// The state at a moment.
    init(
        charger: ChargerRegistration, availability: [Availability], isOpen: Bool, claim: OwnerClaim?,
        reservations: Reservations, sharing: Sharing?, at now: UTCMilliseconds
    ) {
        let faults = Set(availability.flatMap(\.faults)).sorted()
        if charger.bench {
            self = .bench
        } else if charger.isFrozen {
            self = .frozen
        } else if !faults.isEmpty {
            self = .faulted(faults)
        } else if isOpen {
            self = .occupied
        } else if let claim, claim.until > now {
            self = .owners(until: claim.until)
        } else if let kept = reservations.list.first(where: { $0.keeps(at: now) }) {
            self = .reserved(until: kept.hasCome ? kept.until : kept.keptUntil)
        } else if let sharing, !sharing.windows.contains(where: { $0.contains(now, in: sharing.week) }) {
            self = .outOfHours
        } else {
            self = .free
        }
    }

    /// One word.
    public var name: String {
        switch self {
        case .bench: "bench"
        case .frozen: "frozen"
        case .faulted: "faulted"
        case .occupied: "occupied"
        case .owners: "owner"
        case .reserved: "reserved"
        case .outOfHours: "out-of-hours"
        case .free: "free"
        }
    }
}
