public import SignedRecords

/// The payload of an acknowledgement frame, deterministic CBOR `[chain, sequence, record hash, ledger height]`: at that
/// height the ledger's state proved this head, and with it every record up to it.
public struct Acknowledgement: Hashable, Sendable {
    public let chain: ChainNumber
    public let sequence: UInt64
    public let hash: RecordHash
    public let height: UInt64

    func encode() -> [UInt8] {
        CBOR.array([
            .unsigned(UInt64(chain.rawValue)), .unsigned(sequence), .bytes(hash.bytes), .unsigned(height),
        ]).encode()
    }

    init(chain: ChainNumber, sequence: UInt64, hash: RecordHash, height: UInt64) {
        self.chain = chain
        self.sequence = sequence
        self.hash = hash
        self.height = height
    }

    init?(decoding payload: [UInt8]) {
        guard let parts = try? CBOR.decode(payload).arrayValue, parts.count == 4,
            let chain = parts[0].unsignedValue.flatMap({ UInt32(exactly: $0) }), let sequence = parts[1].unsignedValue,
            let hash = parts[2].bytesValue, hash.count == 32, let height = parts[3].unsignedValue
        else { return nil }
        self.init(
            chain: ChainNumber(rawValue: chain), sequence: sequence, hash: RecordHash(exactly: hash), height: height)
    }
}
