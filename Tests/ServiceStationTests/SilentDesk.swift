import ServiceShell

/// A desk that knows nothing but what its type says.
protocol SilentDesk: ServiceDesk {}

extension SilentDesk {
    var nothing: ServiceShellError { .unavailable("nothing here") }

    func identity() throws(ServiceShellError) -> IdentityAnswer { throw nothing }
    func status() throws(ServiceShellError) -> StatusAnswer { throw nothing }
    func meters() throws(ServiceShellError) -> [MeterAnswer] { [] }
    func journal() throws(ServiceShellError) -> JournalAnswer { throw nothing }
    func ledger() throws(ServiceShellError) -> LedgerAnswer { throw nothing }
    func faults() throws(ServiceShellError) -> [FaultAnswer] { [] }
    func samples() throws(ServiceShellError) -> [ConnectorSample] { throw nothing }
    func sessions() throws(ServiceShellError) -> [SessionAnswer] { [] }
    func time() throws(ServiceShellError) -> TimeAnswer { throw nothing }
    func keys() throws(ServiceShellError) -> KeyAnswer { throw nothing }
    func buses() throws(ServiceShellError) -> [BusAnswer] { [] }
    func log(lines: Int) throws(ServiceShellError) -> [String] { [] }
    func selfTest() throws(ServiceShellError) -> [SelfTestAnswer] { [] }
    func testResidual(connector: UInt32) throws(ServiceShellError) -> [ResidualTestAnswer] { throw nothing }
    func settings() throws(ServiceShellError) -> SettingsAnswer { throw nothing }
    func lines() throws(ServiceShellError) -> [LineAnswer] { throw nothing }
    func readRegisters(_ range: RegisterRange) throws(ServiceShellError) -> RegisterAnswer { throw nothing }
    func scanUnits(_ range: UnitRange) throws(ServiceShellError) -> BusScanAnswer { throw nothing }
    func verify(_ range: RecordRange) throws(ServiceShellError) -> JournalVerdict { throw nothing }
    func newestRecords(_ count: Int) throws(ServiceShellError) -> [RecordAnswer] { [] }
    func export(_ range: RecordRange) throws(ServiceShellError) -> RecordExport { throw nothing }
    func proveKeys(nonce: [UInt8]) throws(ServiceShellError) -> KeyProof { throw nothing }
    func makeArchive() throws(ServiceShellError) -> ArchiveAnswer { throw nothing }
    func readArchive(from offset: Int) throws(ServiceShellError) -> ArchivePiece { throw nothing }
    func links() throws(ServiceShellError) -> [LinkAnswer] { [] }
    func benchStorage(flushes: Int) throws(ServiceShellError) -> StorageBench { throw nothing }
    func firmware() throws(ServiceShellError) -> FirmwareAnswer { throw nothing }
    func put(_ bytes: [UInt8], at offset: UInt64) throws(ServiceShellError) -> TransferAnswer { throw nothing }
    func obstacle(to change: ServiceChange) -> String? { nil }
    func carryOut(_ change: ServiceChange, by technician: Technician) throws(ServiceShellError) { throw nothing }
    func record(_ entry: AuditEntry) throws(ServiceShellError) {}
    func enterService(connector: UInt32, as holder: ServiceHolder) throws(ServiceShellError) { throw nothing }
    func leaveService(connector: UInt32) throws(ServiceShellError) { throw nothing }
    func renewService(_ holder: ServiceHolder) -> ServiceHold { ServiceHold(stands: false) }
    func endService(_ holder: ServiceHolder) {}
    func calibration(connector: UInt32) throws(ServiceShellError) -> CalibrationAnswer { throw nothing }
    func calibrate(
        _ wish: CalibrationWish, by technician: Technician, as holder: ServiceHolder
    ) throws(ServiceShellError) -> CalibrationAnswer.Channel { throw nothing }
    func begin(_ test: ServiceTestWish, as holder: ServiceHolder) throws(ServiceShellError) -> ServiceTestTicket {
        throw nothing
    }
    func answer(to ticket: ServiceTestTicket) -> ServiceTestAnswer? { nil }
    func callOff(_ ticket: ServiceTestTicket) {}
}
