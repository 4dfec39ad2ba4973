/// A desk that has but some of the answers, since what knows the others does not run. The shell's own commands and `ident` it
/// always has; every other one that it does not name is `unavailable`.
public protocol PartialDesk: ServiceDesk {
    /// What it has an answer to, beyond the shell's own commands.
    var answered: Set<ServiceCommand> { get }
    /// Why it has no other, in words.
    var absence: String { get }
}

extension PartialDesk {
    private var unavailable: ServiceShellError { .unavailable(absence) }

    public func status() throws(ServiceShellError) -> StatusAnswer { throw unavailable }
    public func meters() throws(ServiceShellError) -> [MeterAnswer] { throw unavailable }
    public func journal() throws(ServiceShellError) -> JournalAnswer { throw unavailable }
    public func ledger() throws(ServiceShellError) -> LedgerAnswer { throw unavailable }
    public func faults() throws(ServiceShellError) -> [FaultAnswer] { throw unavailable }
    public func samples() throws(ServiceShellError) -> [ConnectorSample] { throw unavailable }
    public func sessions() throws(ServiceShellError) -> [SessionAnswer] { throw unavailable }
    public func time() throws(ServiceShellError) -> TimeAnswer { throw unavailable }
    public func keys() throws(ServiceShellError) -> KeyAnswer { throw unavailable }
    public func buses() throws(ServiceShellError) -> [BusAnswer] { throw unavailable }
    public func log(lines: Int) throws(ServiceShellError) -> [String] { throw unavailable }
    public func settings() throws(ServiceShellError) -> SettingsAnswer { throw unavailable }
    public func selfTest() throws(ServiceShellError) -> [SelfTestAnswer] { throw unavailable }
    public func testResidual(connector: UInt32) throws(ServiceShellError) -> [ResidualTestAnswer] {
        throw unavailable
    }

    public func lines() throws(ServiceShellError) -> [LineAnswer] { throw unavailable }
    public func readRegisters(_ range: RegisterRange) throws(ServiceShellError) -> RegisterAnswer {
        throw unavailable
    }
    public func scanUnits(_ range: UnitRange) throws(ServiceShellError) -> BusScanAnswer { throw unavailable }
    public func verify(_ range: RecordRange) throws(ServiceShellError) -> JournalVerdict { throw unavailable }
    public func newestRecords(_ count: Int) throws(ServiceShellError) -> [RecordAnswer] { throw unavailable }
    public func export(_ range: RecordRange) throws(ServiceShellError) -> RecordExport { throw unavailable }
    public func proveKeys(nonce: [UInt8]) throws(ServiceShellError) -> KeyProof { throw unavailable }
    public func makeArchive() throws(ServiceShellError) -> ArchiveAnswer { throw unavailable }
    public func readArchive(from offset: Int) throws(ServiceShellError) -> ArchivePiece { throw unavailable }
    public func links() throws(ServiceShellError) -> [LinkAnswer] { throw unavailable }
    public func benchStorage(flushes: Int) throws(ServiceShellError) -> StorageBench { throw unavailable }

    public func enterService(connector: UInt32, as holder: ServiceHolder) throws(ServiceShellError) {
        throw unavailable
    }
    public func leaveService(connector: UInt32) throws(ServiceShellError) { throw unavailable }
    public func renewService(_ holder: ServiceHolder) -> ServiceHold { ServiceHold(stands: false) }
    public func endService(_ holder: ServiceHolder) {}
    public func begin(
        _ test: ServiceTestWish, as holder: ServiceHolder
    ) throws(ServiceShellError) -> ServiceTestTicket { throw unavailable }
    public func answer(to ticket: ServiceTestTicket) -> ServiceTestAnswer? { nil }
    public func callOff(_ ticket: ServiceTestTicket) {}

    public func calibration(connector: UInt32) throws(ServiceShellError) -> CalibrationAnswer { throw unavailable }
    public func calibrate(
        _ wish: CalibrationWish, by technician: Technician, as holder: ServiceHolder
    ) throws(ServiceShellError) -> CalibrationAnswer.Channel { throw unavailable }
}
