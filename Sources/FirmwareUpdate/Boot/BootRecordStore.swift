/// Two copies of the boot record in one preallocated file of 8192 bytes; the valid one with the highest generation counts.
///
/// Every write goes to the copy that does not count, so a torn write loses nothing but itself.
public struct BootRecordStore: Equatable, Sendable {
    /// The length of the file.
    public static let length = 2 * BootRecord.copyLength

    /// One durable write: these bytes at this offset, then a flush.
    public struct Write: Equatable, Sendable {
        public let offset: Int
        public let bytes: [UInt8]
    }

    /// The record that counts.
    public let record: BootRecord
    /// Which copy it stands in: 0 or 1.
    public let copy: Int
    /// Why the other copy does not count, where it is damaged; a torn write leaves that behind.
    public let damage: FirmwareUpdateError?

    /// Reads the file's bytes and chooses.
    public init(reading file: [UInt8]) throws(FirmwareUpdateError) {
        guard file.count == Self.length else { throw .bootCopy(offset: file.count, expected: "\(Self.length) bytes") }
        let first = Self.decoded(file[..<BootRecord.copyLength])
        let second = Self.decoded(file[BootRecord.copyLength...])
        switch (first, second) {
        case (.success(let one), .success(let two)):
            if one.generation == two.generation, one != two {
                throw .conflictingBootRecords(generation: one.generation)
            }
            self.init(
                record: one.generation >= two.generation ? one : two, copy: one.generation >= two.generation ? 0 : 1)
        case (.success(let one), .failure(let damage)):
            self.init(record: one, copy: 0, damage: damage)
        case (.failure(let damage), .success(let two)):
            self.init(record: two, copy: 1, damage: damage)
        case (.failure(let one), .failure(let two)):
            throw .noBootRecord(first: one.description, second: two.description)
        }
    }

    private init(record: BootRecord, copy: Int, damage: FirmwareUpdateError? = nil) {
        self.record = record
        self.copy = copy
        self.damage = damage
    }

    /// The file of a new device: both copies alike.
    public static func file(of record: BootRecord) -> [UInt8] { record.encoded() + record.encoded() }

    /// The write that makes `next` count. It must be the next generation.
    public func write(_ next: BootRecord) throws(FirmwareUpdateError) -> Write {
        guard record.generation < .max, next.generation == record.generation + 1 else {
            throw .transition(
                "writing", expected: "the generation after \(record.generation), not \(next.generation)")
        }
        return Write(offset: (1 - copy) * BootRecord.copyLength, bytes: next.encoded())
    }

    private static func decoded(_ bytes: ArraySlice<UInt8>) -> Result<BootRecord, FirmwareUpdateError> {
        do throws(FirmwareUpdateError) { return .success(try BootRecord(decoding: bytes)) } catch {
            return .failure(error)
        }
    }
}
