/// Why a limit has its value.
public enum LimitReason: UInt8, Sendable, BitwiseCopyable, Equatable, CaseIterable {
    /// The board's configuration says so.
    case configured
    /// The cable's rating.
    case cableRating
    /// The cable is missing, shorted or of no known rating.
    case cableUnknown
    /// The grant's own limit.
    case grant
    /// No grant stands.
    case noGrant
    /// The limit's time ran out and its fail-safe holds.
    case expired
    /// No such limit was ever given; unknown is not safe.
    case missing
    /// The electronics or the plug are hot.
    case heat
    /// A temperature cannot be measured.
    case heatUnknown
    /// Only one phase is closed.
    case singlePhase
    /// What the mains meter leaves of the supply's limit.
    case supplyLimit
    /// The grid operator asks for it.
    case gridOperator
    /// Outside the windows of a schedule.
    case outsideWindow
    /// A window opened, and this charger waits its random while.
    case randomDelay
    /// The owner chose it.
    case ownerChoice
    /// A technician asks for it, until the next start.
    case technicianChoice
    /// A setting that a technician has made for good.
    case setting
    /// Other connectors use the rest of the supply.
    case shared
    /// The clock is not known, so no schedule can be followed.
    case clockUnknown

    /// In a few words.
    public var words: StaticString {
        switch self {
        case .configured: "the configured rating"
        case .cableRating: "the cable's rating"
        case .cableUnknown: "the cable is missing or unknown"
        case .grant: "the grant's limit"
        case .noGrant: "no grant stands"
        case .expired: "the limit expired and its fail-safe holds"
        case .missing: "the limit is not known"
        case .heat: "the charger is hot"
        case .heatUnknown: "a temperature is not known"
        case .singlePhase: "the limit of a single phase"
        case .supplyLimit: "what the mains meter leaves of the supply"
        case .gridOperator: "the grid operator's limit"
        case .outsideWindow: "outside the schedule's windows"
        case .randomDelay: "a random delay after the window opened"
        case .ownerChoice: "the owner's choice"
        case .technicianChoice: "a technician's limit"
        case .setting: "a setting that stays"
        case .shared: "its share of a supply that others use"
        case .clockUnknown: "the clock is not known"
        }
    }
}
