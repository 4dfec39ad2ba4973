/// One entry of a device's record chain, before it is signed.
///
/// Invariants that the chain keeps (docs/format.md, "Chains"): sequence numbers start at 1 and have no gap; `previous` is the
/// SHA-256 of the previous message of the same chain; a connector chain's first record has the genesis record's hash.
public struct Record: Hashable, Sendable {
    public var device: DeviceID
    public var chain: ChainNumber
    /// 1 in the first record of a chain.
    public var sequence: UInt64
    public var previous: RecordHash
    /// Which of the device's keys signs it: 1 until the first key change.
    public var keyEpoch: UInt32
    public var time: RecordTime
    public var body: RecordBody

    public init(
        device: DeviceID, chain: ChainNumber, sequence: UInt64, previous: RecordHash, keyEpoch: UInt32,
        time: RecordTime, body: RecordBody
    ) {
        self.device = device
        self.chain = chain
        self.sequence = sequence
        self.previous = previous
        self.keyEpoch = keyEpoch
        self.time = time
        self.body = body
    }

    /// The version in field 1.
    public static let formatVersion: UInt64 = 1

    /// The longest message that the journal's eight slots hold on 512-byte sectors.
    public static let maximumMessageBytes = 3_500

    /// All fields with their keys and names.
    public var fields: [RecordField] {
        [
            RecordField(1, "version", .unsigned(Record.formatVersion)),
            RecordField(2, "device", .bytes(device.bytes)),
            RecordField(3, "chain", .unsigned(UInt64(chain.rawValue))),
            RecordField(4, "sequence", .unsigned(sequence)),
            RecordField(5, "previous", .bytes(previous.bytes)),
            RecordField(6, "kind", .code(body.kind)),
            RecordField(7, "key_epoch", .unsigned(UInt64(keyEpoch))),
            RecordField(8, "time", .part(time)),
            RecordField(9, "body", .fields(body.fields)),
        ]
    }

    /// The bytes that are signed: deterministic CBOR of the fields.
    public func encodePayload() -> [UInt8] {
        var bytes: [UInt8] = []
        // As much as all but the rarest take.
        bytes.reserveCapacity(512)
        RecordFieldValue.append(fields, to: &bytes)
        return bytes
    }

    /// Reads a payload strictly: every field known, none missing, every number in range, and the same bytes when it is
    /// encoded again.
    public init(decodingPayload payload: [UInt8]) throws(RecordError) {
        try self.init(readingPayload: payload)
        guard encodePayload() == payload else { throw .notCanonical }
    }

    /// Reads a payload as strictly, but for the last: whoever asks knows otherwise that these bytes are its encoding.
    init(readingPayload payload: [UInt8]) throws(RecordError) {
        do {
            let limits = CBORLimits(maximumBytes: Record.maximumMessageBytes, maximumDepth: 8)
            var fields = try CBORFields(try CBOR.decode(payload, limits: limits), path: "record")
            let version = try fields.unsigned(1, "version")
            guard version == Record.formatVersion else {
                let problem = FieldFault.outOfRange(expected: "version \(Record.formatVersion)", found: "\(version)")
                throw CBORError.field(path: "record.version", problem: problem)
            }
            device = try fields.identifier(2, "device", DeviceID.self)
            chain = ChainNumber(rawValue: try fields.integer(3, "chain", as: UInt32.self))
            sequence = try fields.unsigned(4, "sequence")
            previous = try fields.identifier(5, "previous", RecordHash.self)
            let kind = try fields.code(6, "kind", RecordKind.self)
            keyEpoch = try fields.integer(7, "key_epoch", as: UInt32.self)
            time = try fields.part(8, "time", RecordTime.self)
            body = try RecordBody.read(kind, try fields.fields(9, "body"))
            try fields.finish()
        } catch let error as CBORError {
            throw .payload(error)
        } catch {
            throw .notCanonical
        }
        guard sequence >= 1 else { throw .invalidSequence(sequence) }
        guard keyEpoch >= 1 else { throw .invalidKeyEpoch(keyEpoch) }
    }
}
