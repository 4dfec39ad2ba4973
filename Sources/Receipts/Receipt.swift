public import SignedRecords

// Owns the format of a receipt (docs/receipt.md). Deterministic CBOR array (RFC 8949 section 4.2.1):
//   [ "wattseal-receipt/1", genesis, [ key-change, … ], [ record, … ], tariff, proof bundle ]
//   genesis, key-changes, records: COSE_Sign1 messages as byte strings, as they were signed
//   tariff: the published bytes, as a byte string
// Invariant: every byte is covered by a signature, by a hash that is compared, or by the re-encoding, so that no byte
// can change without verification failing.

/// Everything about one charging session that its driver needs to check it alone.
public struct Receipt: Hashable, Sendable {
    /// The device's first record: its keys and its ledger.
    public let genesis: SignedRecord
    /// The key-change records up to the session's key, oldest first.
    public let keyChanges: [SignedRecord]
    /// The session's records, begin (or the voucher acceptance directly before it) to end.
    public let records: [SignedRecord]
    /// The tariff's published bytes.
    public let tariff: [UInt8]
    /// What the ledger says, proved.
    public let bundle: ProofBundle

    /// The format's name and version.
    public static let format = "wattseal-receipt/1"
    /// Longest receipt in bytes.
    public static let maximumBytes = 16 << 20

    /// A receipt from its parts; nothing is checked before ``verify(anchor:)``.
    public init(
        genesis: SignedRecord, keyChanges: [SignedRecord], records: [SignedRecord], tariff: [UInt8],
        bundle: ProofBundle
    ) {
        self.genesis = genesis
        self.keyChanges = keyChanges
        self.records = records
        self.tariff = tariff
        self.bundle = bundle
    }

    /// The receipt's one encoding.
    public func encode() -> [UInt8] {
        CBOR.array([
            .text(Self.format), .bytes(genesis.message), .array(keyChanges.map { .bytes($0.message) }),
            .array(records.map { .bytes($0.message) }), .bytes(tariff), bundle.item,
        ]).encode()
    }

    /// Reads a receipt strictly; says nothing about whether it is true.
    ///
    /// - Throws: `malformed` with the item's place, `notCanonical`.
    public init(decoding bytes: [UInt8]) throws(ReceiptError) {
        let limits = CBORLimits(maximumBytes: Self.maximumBytes, maximumDepth: 4)
        let item: CBOR
        do throws(CBORError) {
            item = try CBOR.decode(bytes, limits: limits)
        } catch {
            throw .malformed(place: "receipt", reason: "\(error)")
        }
        guard let items = item.arrayValue, items.count == 6, items[0] == .text(Self.format) else {
            throw .malformed(place: "receipt", reason: "expected [\"\(Self.format)\", …] with 6 items")
        }
        genesis = try Self.message(items[1], "genesis record")
        keyChanges = try Self.messages(items[2], "key-change")
        records = try Self.messages(items[3], "record")
        guard let tariff = items[4].bytesValue else {
            throw .malformed(place: "tariff", reason: "expected a byte string, found \(items[4].kindName)")
        }
        self.tariff = tariff
        bundle = try ProofBundle(items[5])
        try Self.requireSame(encode(), bytes)
    }

    static func requireSame(_ canonical: [UInt8], _ bytes: [UInt8]) throws(ReceiptError) {
        guard canonical != bytes else { return }
        let differing = zip(canonical, bytes).enumerated().first { $0.element.0 != $0.element.1 }?.offset
        throw .notCanonical(offset: differing ?? min(canonical.count, bytes.count))
    }

    private static func messages(_ item: CBOR, _ noun: String) throws(ReceiptError) -> [SignedRecord] {
        guard let items = item.arrayValue else {
            throw .malformed(place: "\(noun)s", reason: "expected an array, found \(item.kindName)")
        }
        var messages: [SignedRecord] = []
        for (index, item) in items.enumerated() { messages.append(try message(item, "\(noun) \(index)")) }
        return messages
    }

    private static func message(_ item: CBOR, _ place: String) throws(ReceiptError) -> SignedRecord {
        guard let bytes = item.bytesValue else {
            throw .malformed(place: place, reason: "expected a byte string, found \(item.kindName)")
        }
        do throws(RecordError) {
            return try SignedRecord(decoding: bytes)
        } catch {
            throw .malformed(place: place, reason: "\(error)")
        }
    }
}
