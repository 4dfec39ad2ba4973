internal import SignedRecords

/// Signed records on their way to the ledger: an unsigned envelope that anyone may relay.
///
/// A deterministic CBOR array `["wattseal-records/1", [message, …]]`. The records carry their own signatures and numbers;
/// they are applied one by one, and a good prefix stands.
public struct RecordBatch: Hashable, Sendable {
    /// The envelope's name.
    public static let name = "wattseal-records/1"
    /// The most records of a batch.
    public static let maximumRecords = 512
    /// The most bytes of a batch: its base64 fits the RPC's body limit of 1 000 000 bytes.
    public static let maximumBytes = 600_000

    /// The COSE_Sign1 messages, oldest first within a chain.
    public let messages: [[UInt8]]

    /// Throws `LedgerError.refused` for no records, or too many records or bytes.
    public init(messages: [[UInt8]]) throws(LedgerError) {
        try self.init(counted: messages)
        let count = encoded().count
        guard count <= Self.maximumBytes else {
            throw .refused(what: "batch", expected: "at most \(Self.maximumBytes) bytes", found: "\(count)")
        }
    }

    private init(counted messages: [[UInt8]]) throws(LedgerError) {
        guard (1...Self.maximumRecords).contains(messages.count) else {
            throw .refused(what: "batch", expected: "1 to \(Self.maximumRecords) records", found: "\(messages.count)")
        }
        self.messages = messages
    }

    /// Reads an envelope strictly; the records in it are not read. Throws `LedgerError.malformed` or `.refused`.
    public init(decoding bytes: [UInt8]) throws(LedgerError) {
        let item: CBOR
        do {
            item = try CBOR.decode(bytes, limits: CBORLimits(maximumBytes: Self.maximumBytes, maximumDepth: 2))
        } catch {
            throw .malformed(what: "batch", reason: error.description)
        }
        guard case .array(let places) = item, places.count == 2, places[0] == .text(Self.name),
            case .array(let records) = places[1]
        else { throw .malformed(what: "batch", reason: "expected [\"\(Self.name)\", [record, …]]") }
        var messages: [[UInt8]] = []
        for (index, record) in records.enumerated() {
            guard case .bytes(let message) = record else {
                throw .malformed(what: "batch", reason: "record \(index) is not a byte string")
            }
            messages.append(message)
        }
        // Its one encoding is what was read, and no longer than the decoder's limit.
        try self.init(counted: messages)
    }

    /// The envelope's one encoding: what stands in a block.
    public func encoded() -> [UInt8] {
        CBOR.array([.text(Self.name), .array(messages.map { .bytes($0) })]).encode()
    }
}
