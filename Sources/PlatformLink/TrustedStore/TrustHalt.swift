public import LightClient
import SignedRecords

// Format of the file `halt` beside the trusted block: deterministic CBOR array
//   [ "wattseal-trust-halt/1", chain id, when (RFC 3339), kind, common height, common hash,
//     primary, its height, its hash, witness, its height, its hash ]
// It is written before anything else is done about a divergence, and only a new anchor takes it away.

/// That two chains were found to follow from what was trusted, and when.
public struct TrustHalt: Hashable, Sendable, CustomStringConvertible {
    /// What was found.
    public let divergence: Divergence
    /// The node whose headers were verified.
    public let primary: String
    /// By our clock.
    public let time: Timestamp

    static let format = "wattseal-trust-halt/1"

    /// A halt from its parts.
    public init(divergence: Divergence, primary: String, time: Timestamp) {
        self.divergence = divergence
        self.primary = primary
        self.time = time
    }

    /// One line.
    public var description: String {
        let found = divergence
        return "two chains follow from block \(found.commonHeight) (\(found.kind.rawValue)): \(primary) has "
            + "\(found.primaryHash.hex) at height \(found.primaryHeight), \(found.witness) has \(found.witnessHash.hex) at height "
            + "\(found.witnessHeight); found \(time.rfc3339); nothing is trusted until someone sets a new anchor"
    }

    func encoded(chainID: String) -> [UInt8] {
        let found = divergence
        return CBOR.array([
            .text(Self.format), .text(chainID), .text(time.rfc3339), .text(found.kind.rawValue),
            .unsigned(UInt64(found.commonHeight)), .bytes(found.commonHash.bytes), .text(primary),
            .unsigned(UInt64(found.primaryHeight)), .bytes(found.primaryHash.bytes), .text(found.witness),
            .unsigned(UInt64(found.witnessHeight)), .bytes(found.witnessHash.bytes),
        ]).encode()
    }

    /// nil for what is not a halt of this chain.
    init?(decoding bytes: [UInt8], chainID: String) {
        guard let items = try? CBOR.decode(bytes).arrayValue, items.count == 12, items[0] == .text(Self.format),
            items[1] == .text(chainID), case .text(let when) = items[2], let time = try? Timestamp(rfc3339: when),
            case .text(let word) = items[3], let kind = AttackEvidence.Kind(rawValue: word),
            case .text(let primary) = items[6], case .text(let witness) = items[9]
        else { return nil }
        func height(_ index: Int) -> Int64? { items[index].unsignedValue.flatMap { Int64(exactly: $0) } }
        func hash(_ index: Int) -> Hash? { items[index].bytesValue.flatMap { Hash(bytes: $0) } }
        guard let commonHeight = height(4), let commonHash = hash(5), let primaryHeight = height(7),
            let primaryHash = hash(8), let witnessHeight = height(10), let witnessHash = hash(11)
        else { return nil }
        self.init(
            divergence: Divergence(
                kind: kind, commonHeight: commonHeight, commonHash: commonHash, primaryHeight: primaryHeight,
                primaryHash: primaryHash, witness: witness, witnessHeight: witnessHeight, witnessHash: witnessHash),
            primary: primary, time: time)
    }
}
