public import SignedRecords

/// Where the slots and the boot record lie. What changes something is durable when it returns.
///
/// A slot holds `release`, the bundle's bytes up to its payload, and `files/`, the payload's files under their names; and
/// `unconfirmed` from its unpacking until it has passed a trial here.
public protocol SlotStorage {
    /// The boot record's file; nil where there is none.
    func bootFile() throws(FirmwareUpdateError) -> [UInt8]?
    /// Makes the boot record's file, or replaces it, in one step.
    func createBootFile(_ bytes: [UInt8]) throws(FirmwareUpdateError)
    /// Makes durable what the boot record's file shows: a process that was killed in its write may have left it half way.
    func flushBootFile() throws(FirmwareUpdateError)
    /// Overwrites one copy of the boot record, once the other one is durable.
    func write(_ write: BootRecordStore.Write) throws(FirmwareUpdateError)
    /// The bytes of a slot's `release`; nil where there is none.
    func release(of slot: Slot) throws(FirmwareUpdateError) -> [UInt8]?
    /// What a file of a slot is; nil where there is none, or something that is no plain file.
    func digest(of path: String, in slot: Slot) throws(FirmwareUpdateError) -> FileDigest?
    /// Whether a note beside the slot's release says that it was never confirmed here.
    func isNotedUnconfirmed(_ slot: Slot) throws(FirmwareUpdateError) -> Bool
    /// Whether a note beside the slot's release says that it came in where nothing started, and that nobody has asked for it yet.
    func isNotedUnasked(_ slot: Slot) throws(FirmwareUpdateError) -> Bool
    /// The highest data schema that may stand on the device; nil where nothing is noted, and the slots' manifests say it.
    func notedSchema() throws(FirmwareUpdateError) -> UInt32?
}

/// A file as far as a manifest speaks of it.
public struct FileDigest: Equatable, Sendable {
    /// In bytes.
    public var length: UInt64
    public var isExecutable: Bool
    /// SHA-256 of the file.
    public var hash: ContentHash

    public init(length: UInt64, isExecutable: Bool, hash: ContentHash) {
        self.length = length
        self.isExecutable = isExecutable
        self.hash = hash
    }
}
