/// What the firmware tells a technician. The shell knows no driver; the firmware answers through this.
///
/// The calls come on the serial line's thread, one at a time. They answer from what is known, they do not wait for a
/// sensor or the network; what cannot be told now is `ServiceShellError.unavailable`. No answer holds a secret.
public protocol ServiceDesk: Sendable {
    func identity() throws(ServiceShellError) -> IdentityAnswer
    func status() throws(ServiceShellError) -> StatusAnswer
    func meters() throws(ServiceShellError) -> [MeterAnswer]
    func journal() throws(ServiceShellError) -> JournalAnswer
    func ledger() throws(ServiceShellError) -> LedgerAnswer
    func faults() throws(ServiceShellError) -> [FaultAnswer]
}

/// A typed answer that can be shown.
protocol Reportable {
    var report: Report { get }
}
