/// What the firmware tells a technician, and does for him. The shell knows no driver; the firmware answers through this.
///
/// The calls come on a line's thread, one at a time. What tells answers from what is known and does not wait for a sensor or the
/// network; what cannot be told now is `ServiceShellError.unavailable`. No answer holds a secret.
public protocol ServiceDesk: DiagnosisDesk, FirmwareDesk, ServiceModeDesk, CalibrationDesk {
    func identity() throws(ServiceShellError) -> IdentityAnswer
    func status() throws(ServiceShellError) -> StatusAnswer
    func meters() throws(ServiceShellError) -> [MeterAnswer]
    func journal() throws(ServiceShellError) -> JournalAnswer
    func ledger() throws(ServiceShellError) -> LedgerAnswer
    func faults() throws(ServiceShellError) -> [FaultAnswer]
    /// What each core was last told by its board.
    func samples() throws(ServiceShellError) -> [ConnectorSample]
    func sessions() throws(ServiceShellError) -> [SessionAnswer]
    func time() throws(ServiceShellError) -> TimeAnswer
    func keys() throws(ServiceShellError) -> KeyAnswer
    func buses() throws(ServiceShellError) -> [BusAnswer]
    /// The newest log lines, the oldest first.
    func log(lines: Int) throws(ServiceShellError) -> [String]
    func settings() throws(ServiceShellError) -> SettingsAnswer
    func selfTest() throws(ServiceShellError) -> [SelfTestAnswer]

    /// Has the residual-current monitors tested, and waits for what it came to: four seconds at most.
    ///
    /// - Parameter connector: 0 for all.
    /// - Throws: `interlock` where no test went through; `unfinished` where that is not known.
    func testResidual(connector: UInt32) throws(ServiceShellError) -> [ResidualTestAnswer]

    /// Why a change is not possible now, as far as that is known before it is tried; nil where nothing forbids it.
    func obstacle(to change: ServiceChange) -> String?
    /// Carries out a change that is on record.
    ///
    /// - Throws: `interlock` where the device refuses; nothing was changed then. `unfinished` where its end is not known.
    func carryOut(_ change: ServiceChange, by technician: Technician) throws(ServiceShellError)
    /// Puts on record what a technician does, or did; durable when it returns.
    ///
    /// - Throws: `unrecorded`; what it is about must not be done then.
    func record(_ entry: AuditEntry) throws(ServiceShellError)
}

/// A typed answer that can be shown.
protocol Reportable {
    var report: Report { get }
}
