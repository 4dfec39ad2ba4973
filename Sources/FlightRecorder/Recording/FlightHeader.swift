// The format of flight recordings is docs/flight-recording.md; this file has its head.

import ChargeControl

/// What stands at the head of a recording (docs/flight-recording.md, "File").
public struct FlightHeader: Sendable, BitwiseCopyable {
    /// The format that this firmware writes and reads.
    static let formatVersion: UInt16 = 1
    /// `WSFLIGHT`.
    static let magic: [UInt8] = [0x57, 0x53, 0x46, 0x4C, 0x49, 0x47, 0x48, 0x54]

    /// Which connector was recorded, from 1.
    public let connector: UInt8
    /// The firmware that recorded.
    public let firmware: VersionText
    /// The size of its controller in memory.
    public let controllerSize: UInt32
    /// `EntryLayout.checksum` of that firmware.
    public let layoutChecksum: UInt32
    /// What the controller started from.
    public let beginning: ControllerBeginning

    /// The head of this firmware's own recordings.
    public init(connector: UInt8, firmware: VersionText, beginning: ControllerBeginning) {
        self.init(
            connector: connector, firmware: firmware,
            controllerSize: UInt32(MemoryLayout<ChargeController>.size), layoutChecksum: EntryLayout().checksum,
            beginning: beginning)
    }

    private init(
        connector: UInt8, firmware: VersionText, controllerSize: UInt32, layoutChecksum: UInt32,
        beginning: ControllerBeginning
    ) {
        self.connector = connector
        self.firmware = firmware
        self.controllerSize = controllerSize
        self.layoutChecksum = layoutChecksum
        self.beginning = beginning
    }

    /// The header with so many segments to follow, its checksum included.
    func encode(segments: Int) -> [UInt8] {
        var bytes = Self.magic
        bytes.appendLittleEndian(UInt64(Self.formatVersion), size: 2)
        bytes.append(connector)
        let version = firmware.utf8
        bytes.append(UInt8(version.count))
        bytes += version
        bytes.appendLittleEndian(UInt64(controllerSize), size: 4)
        bytes.appendLittleEndian(UInt64(layoutChecksum), size: 4)
        let fields = FieldCoder.words(of: beginning)
        bytes.append(UInt8(fields.position))
        for position in 0..<fields.position {
            bytes.appendLittleEndian(UInt64(bitPattern: fields.words[position]), size: 8)
        }
        bytes.appendLittleEndian(UInt64(segments), size: 4)
        bytes.appendChecksum(from: 0)
        return bytes
    }

    /// Reads a header and how many segments follow it.
    static func decode(_ reader: inout ByteReader) throws(FlightError) -> (header: FlightHeader, segments: Int) {
        for letter in magic {
            guard let byte = reader.byte() else { throw .truncated(offset: reader.end) }
            guard byte == letter else { throw .notARecording }
        }
        let version = UInt16(truncatingIfNeeded: try reader.take(2))
        guard version == formatVersion else { throw .formatVersion(found: version) }
        let connector = UInt8(truncatingIfNeeded: try reader.take(1))
        let textOffset = reader.offset
        let textLength = Int(try reader.take(1))
        guard textLength <= VersionText.capacity else { throw .malformed(offset: textOffset) }
        var text: [UInt8] = []
        for _ in 0..<textLength { text.append(UInt8(truncatingIfNeeded: try reader.take(1))) }
        let controllerSize = UInt32(truncatingIfNeeded: try reader.take(4))
        let layoutChecksum = UInt32(truncatingIfNeeded: try reader.take(4))
        let wordsOffset = reader.offset
        let count = Int(try reader.take(1))
        var words = FieldWords(repeating: 0)
        guard count <= words.count else { throw .malformed(offset: wordsOffset) }
        for position in 0..<count { words[position] = Int64(bitPattern: try reader.take(8)) }
        let segments = try reader.takeCount()
        try reader.checkChecksum(from: 0)
        // Only a header of this firmware's fields has the words that its beginning is made of.
        let expected = EntryLayout().checksum
        guard layoutChecksum == expected else { throw .otherFields(expected: expected, found: layoutChecksum) }
        guard let beginning = FieldCoder.beginning(from: words) else { throw .malformed(offset: wordsOffset) }
        let header = FlightHeader(
            connector: connector, firmware: VersionText(text), controllerSize: controllerSize,
            layoutChecksum: layoutChecksum, beginning: beginning)
        return (header, segments)
    }
}

extension ByteReader {
    /// The next integer, or the error that the recording ends.
    mutating func take(_ size: Int) throws(FlightError) -> UInt64 {
        guard let value = littleEndian(size) else { throw .truncated(offset: end) }
        return value
    }

    /// The next four bytes as a count; one that no memory holds is an end that comes too early.
    mutating func takeCount() throws(FlightError) -> Int {
        let count = try take(4)
        guard count <= UInt64(Int32.max) else { throw .truncated(offset: end) }
        return Int(count)
    }

    /// Reads the checksum of everything from `start` up to here.
    mutating func checkChecksum(from start: Int) throws(FlightError) {
        var checksum = CRC32C()
        checksum.add(bytes, from: start, to: offset)
        let place = offset
        let found = UInt32(truncatingIfNeeded: try take(4))
        guard found == checksum.value else {
            throw .checksum(offset: place, expected: checksum.value, found: found)
        }
    }
}

extension Array where Element == UInt8 {
    mutating func appendLittleEndian(_ value: UInt64, size: Int) {
        for index in 0..<size { append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
    }

    /// Appends the checksum of everything from `start` on.
    mutating func appendChecksum(from start: Int) {
        var checksum = CRC32C()
        checksum.add(self, from: start, to: count)
        appendLittleEndian(UInt64(checksum.value), size: 4)
    }
}
