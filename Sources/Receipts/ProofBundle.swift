public import LightClient
import SignedRecords

// Owns the format of a proof bundle (docs/receipt.md), alone in a file and inside a receipt. Deterministic CBOR array:
//   [ "wattseal-proofs/1", settlement entry, parameters entry, light block ]
//   entry = [ key, value, proof ]: byte strings; proof is an ICS-23 CommitmentProof in canonical protobuf
//   light block = tendermint.types.LightBlock in canonical protobuf, without proposer priorities, of the height above
//   the proved state.

/// A key of the ledger's state, its value, and the proof of both.
public struct ProvedEntry: Hashable, Sendable {
    /// The key.
    public var key: [UInt8]
    /// The value.
    public var value: [UInt8]
    /// ICS-23 CommitmentProof, canonical protobuf.
    public var proof: [UInt8]

    /// An entry from its parts.
    public init(key: [UInt8], value: [UInt8], proof: [UInt8]) {
        self.key = key
        self.value = value
        self.proof = proof
    }
}

/// What the ledger says about a session, with all that is needed to check it without the ledger.
public struct ProofBundle: Hashable, Sendable {
    /// `session/<device>/<session>`.
    public var settlement: ProvedEntry
    /// `parameters`: the commission follows from it.
    public var parameters: ProvedEntry
    /// Header, commit and validators of the height whose app hash both proofs lead to.
    public var block: LightBlock

    /// The format's name and version.
    public static let format = "wattseal-proofs/1"
    /// Longest bundle in bytes.
    public static let maximumBytes = 4 << 20

    /// A bundle from its parts. What no hash covers (proposer priorities, next validators) is left out.
    public init(settlement: ProvedEntry, parameters: ProvedEntry, block: LightBlock) {
        self.settlement = settlement
        self.parameters = parameters
        self.block = block.withoutUnauthenticatedParts
    }

    /// The bundle's one encoding.
    public func encode() -> [UInt8] { item.encode() }

    /// Reads a bundle strictly.
    ///
    /// - Throws: `malformed` with the item's place, `notCanonical`.
    public init(decoding bytes: [UInt8]) throws(ReceiptError) {
        let limits = CBORLimits(maximumBytes: Self.maximumBytes, maximumDepth: 3)
        let item: CBOR
        do throws(CBORError) {
            item = try CBOR.decode(bytes, limits: limits)
        } catch {
            throw .malformed(place: "proof bundle", reason: "\(error)")
        }
        try self.init(item)
        try Receipt.requireSame(encode(), bytes)
    }

    var item: CBOR {
        .array([.text(Self.format), Self.item(settlement), Self.item(parameters), .bytes(block.protobuf)])
    }

    init(_ item: CBOR) throws(ReceiptError) {
        guard let items = item.arrayValue, items.count == 4, items[0] == .text(Self.format) else {
            throw .malformed(place: "proof bundle", reason: "expected [\"\(Self.format)\", entry, entry, light block]")
        }
        settlement = try Self.entry(items[1], "settlement entry")
        parameters = try Self.entry(items[2], "parameters entry")
        guard let message = items[3].bytesValue else {
            throw .malformed(place: "light block", reason: "expected a byte string, found \(items[3].kindName)")
        }
        do throws(LightClientError) {
            block = try LightBlock(protobuf: message)
        } catch {
            throw .malformed(place: "light block", reason: "\(error)")
        }
        for (index, validator) in block.validators.validators.enumerated() {
            // In no hash, so nothing would notice a change of it.
            guard validator.proposerPriority == 0 else {
                throw .malformed(place: "validator \(index)", reason: "a proposer priority, which nothing covers")
            }
            guard validator.publicKey.address != nil else {
                throw .validatorNotCheckable(index: index, keyType: validator.publicKey.typeName)
            }
        }
    }

    private static func item(_ entry: ProvedEntry) -> CBOR {
        .array([.bytes(entry.key), .bytes(entry.value), .bytes(entry.proof)])
    }

    private static func entry(_ item: CBOR, _ place: String) throws(ReceiptError) -> ProvedEntry {
        guard let items = item.arrayValue, items.count == 3, let key = items[0].bytesValue,
            let value = items[1].bytesValue, let proof = items[2].bytesValue
        else { throw .malformed(place: place, reason: "expected [key, value, proof] as byte strings") }
        return ProvedEntry(key: key, value: value, proof: proof)
    }
}
