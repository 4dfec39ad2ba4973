import Glibc
public import SignedRecords

// Format of the file `left-<hex of the ledger's id>.cbor` beside the proofs: deterministic CBOR
//   [ "wattseal-left-ledger/1", ledger id, [[chain, acknowledged sequence], …] ], chains rising
// Written before the first close record. An acknowledgement on the new ledger covers all numbers before it; this file alone
// says which of them the old one had never acknowledged.

/// How far a ledger had acknowledged a device's chains when the device left it.
public struct LeftLedger: Hashable, Sendable {
    /// The ledger.
    public let ledger: LedgerChainID
    /// By chain; 0 where it had acknowledged nothing.
    public let acknowledged: [ChainNumber: UInt64]

    static let format = "wattseal-left-ledger/1"
    private static let sizeLimit = 4_096

    /// What a ledger had acknowledged.
    public init(ledger: LedgerChainID, acknowledged: [ChainNumber: UInt64]) {
        self.ledger = ledger
        self.acknowledged = acknowledged
    }

    /// Writes it into the link's folder; durable when this returns.
    ///
    /// - Throws: `storeFailed`.
    public func save(in folder: String) throws(PlatformLinkError) {
        let chains = acknowledged.sorted { $0.key < $1.key }.map { chain, sequence -> CBOR in
            .array([.unsigned(UInt64(chain.rawValue)), .unsigned(sequence)])
        }
        let item = CBOR.array([.text(Self.format), .text(ledger.text), .array(chains)])
        try DurableFile.write(item.encode(), to: Self.path(of: ledger, in: folder))
    }

    /// Reads what is known of a ledger; nil where there is no such file.
    ///
    /// - Throws: `storeFailed`, `storeMalformed`.
    public static func load(_ ledger: LedgerChainID, from folder: String) throws(PlatformLinkError) -> LeftLedger? {
        let path = path(of: ledger, in: folder)
        guard let bytes = try DurableFile.read(path, limit: sizeLimit) else { return nil }
        guard let items = try? CBOR.decode(bytes).arrayValue, items.count == 3, items[0] == .text(format),
            items[1] == .text(ledger.text), let chains = items[2].arrayValue
        else {
            throw .storeMalformed(path: path, reason: "expected [\"\(format)\", \"\(ledger)\", …]")
        }
        var acknowledged: [ChainNumber: UInt64] = [:]
        for chain in chains {
            guard let pair = chain.arrayValue, pair.count == 2,
                let number = pair[0].unsignedValue.flatMap({ UInt32(exactly: $0) }),
                let sequence = pair[1].unsignedValue
            else {
                throw .storeMalformed(path: path, reason: "expected [chain, sequence]")
            }
            acknowledged[ChainNumber(rawValue: number)] = sequence
        }
        return LeftLedger(ledger: ledger, acknowledged: acknowledged)
    }

    private static func path(of ledger: LedgerChainID, in folder: String) -> String {
        "\(folder)/left-\(Hexadecimal.encode(Array(ledger.text.utf8))).cbor"
    }
}
