import Quantities
import SignedRecords

/// The meter that a connector's records name last, and how far its register was last seen.
struct KnownMeter: Equatable, Sendable {
    let identity: SignedRecords.MeterIdentity
    var lastImport: MilliwattHours
    /// The register in the newest record that states one.
    var recorded: MilliwattHours

    init(identity: SignedRecords.MeterIdentity, lastImport: MilliwattHours) {
        self.identity = identity
        self.lastImport = lastImport
        recorded = lastImport
    }
}
