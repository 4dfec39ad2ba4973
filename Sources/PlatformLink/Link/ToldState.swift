import Ledger
import LightClient
import SignedRecords

/// What the link has proved and told, so that each event goes out once.
struct ToldState {
    var height: Int64 = 0
    var headerTime: Timestamp?
    var headerHash: Hash?
    var backlog: UInt64 = 0
    /// Outer nil: not proved since the start. Inner nil: absence proved.
    var registration: ChargerRegistration??
    /// The registration's tariff.
    var tariff: TariffHash?
    /// The registration's access revision at which sharing, claims and reservations were read.
    var accessRevision: UInt64?
    var heads: [ChainNumber: ChainHeadState?] = [:]
    var grants: [ChainNumber: GrantTerms?] = [:]
    /// Chains on which ledger and journal contradict each other: nothing is sent on them.
    var stopped: Set<ChainNumber> = []
    /// Tariffs proved so far; their hash binds them for ever.
    var tariffs: [TariffHash: Tariff] = [:]

    /// The part of a proved grant whose change is news.
    struct GrantTerms: Equatable {
        let grant: Grant
        let registration: ChargerRegistration
    }
}
