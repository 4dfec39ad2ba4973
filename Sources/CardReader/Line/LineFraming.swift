/// Finds lines in a stream of bytes, however it is cut: printable ASCII, a checksum, and a line feed.
///
/// Invariant: it keeps at most `LineFraming.maximumBytes` bytes, whatever comes.
public struct LineFraming: Sendable {
    /// The longest line, its checksum included and its line feed not.
    public static let maximumBytes = 1_024

    /// What was found.
    public enum Found: Equatable, Sendable {
        /// A line with a checksum that holds, without it.
        case line(String)
        /// Bytes up to a line feed, or as many as a line may have, that are no line.
        case noise
    }

    private var pending: [UInt8] = []
    /// What came since the last line feed is no line, whatever follows.
    private var isSkipping = false

    /// Nothing has come.
    public init() {}

    /// Takes in what has come.
    public mutating func receive(_ bytes: some Sequence<UInt8>) -> [Found] {
        var found: [Found] = []
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\n"):
                if !isSkipping, !pending.isEmpty { found.append(Self.checked(pending)) }
                pending = []
                isSkipping = false
            // Terminals send both.
            case UInt8(ascii: "\r"): break
            case 0x20...0x7E where pending.count < Self.maximumBytes:
                if !isSkipping { pending.append(byte) }
            default:
                if !isSkipping { found.append(.noise) }
                pending = []
                isSkipping = true
            }
        }
        return found
    }

    /// A line as it is sent: with its checksum between two line feeds, so that noise before it does not become a part of it.
    public static func bytes(of line: String) -> [UInt8] {
        let text = Array(line.utf8)
        return [UInt8(ascii: "\n")] + text + LineChecksum.suffix(LineChecksum.of(text)) + [UInt8(ascii: "\n")]
    }

    private static func checked(_ bytes: [UInt8]) -> Found {
        guard bytes.count > 5 else { return .noise }
        let text = bytes[..<(bytes.count - 5)]
        guard LineChecksum.suffix(LineChecksum.of(text)) == Array(bytes[(bytes.count - 5)...]) else { return .noise }
        return .line(String(decoding: text, as: UTF8.self))
    }
}
