/// Why a recording is refused.
public enum FlightError: Error, Equatable, Sendable, BitwiseCopyable {
    /// It does not begin with the format's eight letters.
    case notARecording
    /// Of a version of the format that this firmware does not read.
    case formatVersion(found: UInt16)
    /// It ends before what it announces.
    case truncated(offset: Int)
    /// It goes on behind its end.
    case trailingBytes(offset: Int)
    /// The bytes before this offset do not have the checksum that stands there.
    case checksum(offset: Int, expected: UInt32, found: UInt32)
    /// What stands at this offset is no such thing as the format has there.
    case malformed(offset: Int)
    /// Its fields or fault table are not this firmware's.
    case otherFields(expected: UInt32, found: UInt32)
    /// It begins in the middle of a controller's life, and only the firmware that wrote it can take that up.
    case otherFirmware(found: VersionText)
    /// The same, told by the size of the controller.
    case otherController(expected: UInt32, found: UInt32)
}

#if !hasFeature(Embedded)
    extension FlightError: CustomStringConvertible {
        /// One line that says what was expected and what came, and where.
        public var description: String {
            switch self {
            case .notARecording: "offset 0: expected the letters WSFLIGHT"
            case .formatVersion(let found): "offset 8: expected format version 1, got \(found)"
            case .truncated(let offset): "offset \(offset): the recording ends here, expected more"
            case .trailingBytes(let offset): "offset \(offset): the recording should end here, but goes on"
            case .checksum(let offset, let expected, let found):
                "offset \(offset): the bytes before have the checksum \(Self.hex(expected)), got \(Self.hex(found))"
            case .malformed(let offset): "offset \(offset): what stands here is not of the format"
            case .otherFields(let expected, let found):
                "the recording has other fields or faults than this firmware: expected \(Self.hex(expected)), got \(Self.hex(found))"
            case .otherFirmware(let found):
                "the recording begins in mid-life and was made by firmware \(found); only that firmware replays it"
            case .otherController(let expected, let found):
                "the recording begins in mid-life with a controller of \(found) bytes, this firmware's has \(expected)"
            }
        }

        private static func hex(_ number: UInt32) -> String {
            let digits = String(number, radix: 16)
            return String(repeating: "0", count: 8 - digits.utf8.count) + digits
        }
    }
#endif
