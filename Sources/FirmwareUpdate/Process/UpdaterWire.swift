import SignedRecords

/// The updater's wire: one message a packet of an AF_UNIX SOCK_SEQPACKET socket, deterministic CBOR, strictly decoded
/// (docs/updates.md, "The updater"). A connection has one request under way at most.
///
/// Request: {1 version, 2 operation, 3 map}; reply: {1 version, 2 kind, 3 map}.
enum UpdaterWire {
    static let version: UInt64 = 1
    static let mostRequest = UpdaterRequest.mostPiece + 1_024
    static let mostReply = 8_192
    /// The longest name of a technician, in UTF-8 bytes.
    static let mostName = 128
    /// The longest refusal, in UTF-8 bytes; what is longer is cut.
    static let mostWords = 2_048

    /// The number and the map of a message.
    static func fields(
        of packet: [UInt8], atMost limit: Int, _ path: String
    ) throws(CBORError) -> (number: UInt64, fields: CBORFields) {
        let limits = CBORLimits(maximumBytes: limit, maximumDepth: 4)
        var fields = try CBORFields(try CBOR.decode(packet, limits: limits), path: path)
        let version = try fields.unsigned(1, "version")
        guard version == Self.version else {
            throw .field(
                path: "\(path).version",
                problem: .outOfRange(expected: "version \(Self.version)", found: "\(version)"))
        }
        let number = try fields.unsigned(2, "kind")
        let inner = try fields.fields(3, "fields")
        try fields.finish()
        return (number, inner)
    }

    static func message(_ number: UInt64, _ fields: [(UInt64, CBOR?)]) -> [UInt8] {
        CBOR.fields([(1, .unsigned(version)), (2, .unsigned(number)), (3, CBOR.fields(fields))]).encode()
    }

    static func unknown(_ path: String, _ number: UInt64, expected: String) -> CBORError {
        .field(path: path, problem: .outOfRange(expected: expected, found: "\(number)"))
    }

    /// Text that a reply may hold: printable, and not too long.
    static func printable(_ text: String, atMost limit: Int = mostWords) -> String {
        let shown = text.unicodeScalars.map { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) ? $0 : "?" }
        var cut = String(String.UnicodeScalarView(shown))
        while cut.utf8.count > limit { cut.removeLast() }
        return cut
    }
}
