/// What the journal asks of a directory on a disk; nothing else touches one.
///
/// Names are plain file names in that one directory. A change of names (create, rename, remove) is durable only after
/// `syncDirectory`; bytes are durable after `write(durably: true)` or `sync`. After any of these has failed, nothing about
/// the file's newest bytes may be assumed.
public protocol JournalStorage: AnyObject {
    /// The unit in which the disk takes writes: 512 or 4096 bytes. Durable writes are whole sectors at whole offsets.
    var sectorBytes: Int { get }

    /// The names in the directory.
    func names() throws(StorageFault) -> [String]

    func byteCount(of name: String) throws(StorageFault) -> Int

    /// Reads from the disk itself where the system allows it, not from a cache; fewer bytes only at the end of the file.
    func read(_ name: String, at offset: Int, count: Int) throws(StorageFault) -> [UInt8]

    /// Makes an empty file; fails where the name exists.
    func create(_ name: String) throws(StorageFault)

    /// Writes all the bytes or fails. With `durably` they are on the disk when it returns.
    func write(_ bytes: [UInt8], to name: String, at offset: Int, durably: Bool) throws(StorageFault)

    /// Makes every byte written to the file durable.
    func sync(_ name: String) throws(StorageFault)

    func rename(_ name: String, to newName: String) throws(StorageFault)

    func remove(_ name: String) throws(StorageFault)

    /// Makes changes of names durable.
    func syncDirectory() throws(StorageFault)
}
