import Quantities
import SignedRecords

/// A session between its begin and its end record.
struct OpenSale: Equatable, Sendable {
    let session: SessionID
    let begin: Begin
    /// The slot under which the control core knows the grant.
    let slot: UInt32
    /// What the grant had paid before this session, by proof.
    let spentBefore: Microunits
    /// Index of the newest tick.
    var ticks: UInt32 = 0
    /// The register in the newest record.
    var lastImport: MilliwattHours
}
