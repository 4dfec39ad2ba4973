/// What the firmware tells a technician who looks deeper. Some of it takes time: a register between two polls, a range of records, a
/// disk. Only the shell's own thread waits for it.
public protocol DiagnosisDesk: Sendable {
    /// The lines of every board.
    func lines() throws(ServiceShellError) -> [LineAnswer]
    /// - Throws: `unavailable` where the meter is polled too densely, is not there, or does not answer.
    func readRegisters(_ range: RegisterRange) throws(ServiceShellError) -> RegisterAnswer
    /// - Throws: `interlock` while a session is open; `unavailable` where there is no such line, or it cannot be opened.
    func scanUnits(_ range: UnitRange) throws(ServiceShellError) -> BusScanAnswer
    /// A range that is not here is `unavailable`; what does not verify is an answer.
    func verify(_ range: RecordRange) throws(ServiceShellError) -> JournalVerdict
    /// The newest records of all chains, the oldest first.
    func newestRecords(_ count: Int) throws(ServiceShellError) -> [RecordAnswer]
    func export(_ range: RecordRange) throws(ServiceShellError) -> RecordExport
    func proveKeys(nonce: [UInt8]) throws(ServiceShellError) -> KeyProof
    /// Makes a diagnostics archive and keeps it until the next one is made, or the firmware ends.
    ///
    /// - Throws: `unavailable` where the keys do not sign.
    func makeArchive() throws(ServiceShellError) -> ArchiveAnswer
    /// - Throws: `unavailable` where none was made, or it has no such byte.
    func readArchive(from offset: Int) throws(ServiceShellError) -> ArchivePiece
    func links() throws(ServiceShellError) -> [LinkAnswer]
    /// - Throws: `interlock` while a session is open.
    func benchStorage(flushes: Int) throws(ServiceShellError) -> StorageBench
}
