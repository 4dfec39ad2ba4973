import SignedRecords

/// One copy of the boot record: 4096 bytes, integers in network order.
///
///      0   8  magic "WSBOOTRC"
///      8   2  format, 1
///     10   1  active slot: 1 a, 2 b
///     11   1  trial slot: 0 none, 1 a, 2 b
///     12   1  tries left
///     13   1  last reason
///     14   2  conditions that the trial is excused from (`ConfirmConditions`)
///     16   8  generation
///     24   4  counter floor
///     28   4  root version
///     32  96  slot a: state (0 empty, 1 staged, 2 bootable, 3 bad), version length, 2 zero, counter (4), manifest hash
///             (32), version (32, zero-padded), 24 zero; an empty slot is all zero
///    128  96  slot b
///    224   1  failed images, 0 to 16
///    225   7  zero
///    232      32 each: their manifest hashes, oldest first
///      …      zero
///   4092   4  CRC32C of bytes 0 to 4091
extension BootRecord {
    /// The length of one copy.
    public static let copyLength = 4096
    /// The format that this code reads and writes.
    public static let format: UInt16 = 1

    private static let magic = Array("WSBOOTRC".utf8)
    private static let slotLength = 96
    private static let checksumOffset = copyLength - 4

    /// The 4096 bytes of one copy.
    public func encoded() -> [UInt8] {
        var bytes = Self.magic
        bytes.reserveCapacity(Self.copyLength)
        bytes.appendBigEndian(Self.format)
        bytes += [active.rawValue, trial?.rawValue ?? 0, triesLeft, lastReason.rawValue]
        bytes.appendBigEndian(excused.rawValue)
        bytes.appendBigEndian(generation)
        bytes.appendBigEndian(counterFloor)
        bytes.appendBigEndian(rootVersion)
        bytes += Self.encoded(a) + Self.encoded(b)
        bytes += [UInt8(truncatingIfNeeded: failed.count)] + [UInt8](repeating: 0, count: 7)
        bytes += failed.flatMap(\.bytes)
        bytes += [UInt8](repeating: 0, count: Self.checksumOffset - bytes.count)
        bytes.appendBigEndian(CRC32C.checksum(bytes[...]))
        return bytes
    }

    private static func encoded(_ content: SlotContent) -> [UInt8] {
        let state: UInt8 =
            switch content {
            case .empty: 0
            case .staged: 1
            case .bootable: 2
            case .bad: 3
            }
        guard let image = content.image else { return [UInt8](repeating: 0, count: slotLength) }
        let version = Array(image.version.utf8)
        var bytes: [UInt8] = [state, UInt8(truncatingIfNeeded: version.count), 0, 0]
        bytes.appendBigEndian(image.securityCounter)
        bytes += image.manifest.bytes + version
        return bytes + [UInt8](repeating: 0, count: slotLength - bytes.count)
    }

    /// Reads one copy. What it accepts encodes to the same bytes again.
    public init(decoding bytes: ArraySlice<UInt8>) throws(FirmwareUpdateError) {
        guard bytes.count == Self.copyLength else {
            throw .bootCopy(offset: bytes.count, expected: "\(Self.copyLength) bytes")
        }
        guard bytes.starts(with: Self.magic) else { throw .bootCopy(offset: 0, expected: "a boot record") }
        var end = ByteReader(bytes.dropFirst(Self.checksumOffset))
        let checksum = CRC32C.checksum(bytes.prefix(Self.checksumOffset))
        guard end.bigEndian(UInt32.self) == checksum else {
            throw .bootCopy(offset: Self.checksumOffset, expected: "the checksum \(checksum)")
        }
        var reader = ByteReader(bytes)
        _ = reader.take(Self.magic.count)
        let format = try Self.integer(&reader, UInt16.self)
        guard format == Self.format else {
            throw .bootCopy(offset: 8, expected: "format \(Self.format), not \(format)")
        }
        guard let active = Slot(rawValue: try Self.integer(&reader)) else {
            throw .bootCopy(offset: 10, expected: "a slot")
        }
        let trialCode: UInt8 = try Self.integer(&reader)
        let trial = Slot(rawValue: trialCode)
        guard trialCode == 0 || trial != nil else { throw .bootCopy(offset: 11, expected: "a slot or none") }
        let triesLeft: UInt8 = try Self.integer(&reader)
        guard let reason = BootReason(rawValue: try Self.integer(&reader)) else {
            throw .bootCopy(offset: 13, expected: "a known reason")
        }
        let excused = ConfirmConditions(rawValue: try Self.integer(&reader))
        self.init(
            generation: try Self.integer(&reader), active: active, trial: trial, triesLeft: triesLeft, excused: excused,
            a: .empty, b: .empty, counterFloor: try Self.integer(&reader), rootVersion: try Self.integer(&reader),
            failed: [], lastReason: reason)
        a = try Self.slot(&reader)
        b = try Self.slot(&reader)
        failed = try Self.hashes(&reader)
        if let broken = brokenInvariant { throw .bootCopy(offset: 10, expected: broken) }
        guard encoded().elementsEqual(bytes) else { throw .bootCopy(offset: 34, expected: "zeros between the fields") }
    }

    private static func integer<Value: FixedWidthInteger & UnsignedInteger>(
        _ reader: inout ByteReader, _ type: Value.Type = Value.self
    ) throws(FirmwareUpdateError) -> Value {
        guard let value = reader.bigEndian(type) else { throw .bootCopy(offset: reader.offset, expected: "more bytes") }
        return value
    }

    private static func hashes(_ reader: inout ByteReader) throws(FirmwareUpdateError) -> [ContentHash] {
        let start = reader.offset
        let count: UInt8 = try integer(&reader)
        guard count <= mostFailed else {
            throw .bootCopy(offset: start, expected: "at most \(mostFailed) failed images, not \(count)")
        }
        _ = reader.take(7)
        var hashes: [ContentHash] = []
        for _ in 0..<count {
            guard let hash = reader.take(32) else { throw .bootCopy(offset: reader.offset, expected: "a hash") }
            hashes.append(ContentHash(exactly: hash))
        }
        return hashes
    }

    private static func slot(_ reader: inout ByteReader) throws(FirmwareUpdateError) -> SlotContent {
        let start = reader.offset
        let state: UInt8 = try integer(&reader)
        let versionLength: UInt8 = try integer(&reader)
        _ = reader.take(2)
        let counter: UInt32 = try integer(&reader)
        guard let hash = reader.take(32), let version = reader.take(32), reader.take(24) != nil else {
            throw .bootCopy(offset: start, expected: "a slot of \(slotLength) bytes")
        }
        if state == 0 { return .empty }
        let text = String(decoding: version.prefix(Int(versionLength)), as: UTF8.self)
        guard (try? check(version: text)) != nil, text.utf8.count == versionLength else {
            throw .bootCopy(offset: start + 1, expected: "a version")
        }
        let image = Image(manifest: ContentHash(exactly: hash), version: text, securityCounter: counter)
        switch state {
        case 1: return .staged(image)
        case 2: return .bootable(image)
        case 3: return .bad(image)
        default: throw .bootCopy(offset: start, expected: "a state from 0 to 3")
        }
    }
}
