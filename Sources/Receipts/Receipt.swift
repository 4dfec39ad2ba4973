public import SignedRecords

// Owns the format of a receipt (docs/receipt.md). Deterministic CBOR array (RFC 8949 section 4.2.1):
//   [ "wattseal-receipt/1", genesis, [ key-change, … ], [ record, … ], tariff, proof bundle ]
//   [ "wattseal-receipt/2", genesis, [ key-change, … ], [ close, open, … ], [ record, … ], tariff, proof bundle ]
//   genesis, key-changes, moves, records: COSE_Sign1 messages as byte strings, as they were signed
//   version 2 exactly where the session's chain moved to another ledger before the session
//   tariff: the published bytes, as a byte string
// Invariant: every byte is covered by a signature, by a hash that is compared, or by the re-encoding, so that no byte
// can change without verification failing.

/// Everything about one charging session that its driver needs to check it alone.
public struct Receipt: Hashable, Sendable {
    /// The device's first record: its keys and its ledger.
    public let genesis: SignedRecord
    /// The key-change records up to the session's key, oldest first.
    public let keyChanges: [SignedRecord]
    /// The close and open records of the session's chain before the session, oldest first; usually none.
    public let moves: [SignedRecord]
    /// The session's records, begin (or the voucher acceptance directly before it) to end.
    public let records: [SignedRecord]
    /// The tariff's published bytes.
    public let tariff: [UInt8]
    /// What the ledger says, proved.
    public let bundle: ProofBundle

    /// The format's name and version: of a device that is on its first ledger, and of one that moved.
    public static let format = "wattseal-receipt/1"
    /// See ``format``.
    public static let movedFormat = "wattseal-receipt/2"
    /// Longest receipt in bytes.
    public static let maximumBytes = 16 << 20

    /// A receipt from its parts; nothing is checked before ``verify(anchor:)``.
    public init(
        genesis: SignedRecord, keyChanges: [SignedRecord], moves: [SignedRecord] = [], records: [SignedRecord],
        tariff: [UInt8], bundle: ProofBundle
    ) {
        self.genesis = genesis
        self.keyChanges = keyChanges
        self.moves = moves
        self.records = records
        self.tariff = tariff
        self.bundle = bundle
    }

    /// The receipt's one encoding.
    public func encode() -> [UInt8] {
        func messages(_ records: [SignedRecord]) -> CBOR { .array(records.map { .bytes($0.message) }) }
        var items: [CBOR] = [
            .text(moves.isEmpty ? Self.format : Self.movedFormat), .bytes(genesis.message), messages(keyChanges),
        ]
        if !moves.isEmpty { items.append(messages(moves)) }
        return CBOR.array(items + [messages(records), .bytes(tariff), bundle.item]).encode()
    }

    /// What the device signed of it.
    public var evidence: SessionEvidence {
        SessionEvidence(genesis: genesis, keyChanges: keyChanges, moves: moves, records: records)
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
        guard let items = item.arrayValue, let name = items.first?.textValue,
            (name == Self.format && items.count == 6) || (name == Self.movedFormat && items.count == 7)
        else {
            throw .malformed(
                place: "receipt",
                reason: "expected [\"\(Self.format)\", …] with 6 items or [\"\(Self.movedFormat)\", …] with 7")
        }
        genesis = try Self.message(items[1], "genesis record")
        keyChanges = try Self.messages(items[2], "key-change")
        moves = items.count == 7 ? try Self.messages(items[3], "move") : []
        guard items.count == 6 || !moves.isEmpty else {
            throw .malformed(place: "moves", reason: "none, where version 2 has them")
        }
        records = try Self.messages(items[items.count - 3], "record")
        guard let tariff = items[items.count - 2].bytesValue else {
            throw .malformed(
                place: "tariff", reason: "expected a byte string, found \(items[items.count - 2].kindName)")
        }
        self.tariff = tariff
        bundle = try ProofBundle(items[items.count - 1])
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
