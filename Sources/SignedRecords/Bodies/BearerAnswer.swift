internal import Crypto

/// A card's answer to a charger's question: a signature over a challenge that was never asked before, so that whoever reads
/// it in a block can use it nowhere.
public struct BearerAnswer: Hashable, Sendable {
    /// Bytes of a challenge.
    public static let challengeBytes = 32

    /// What the charger asked: 32 random bytes.
    public var challenge: [UInt8]
    /// The card's Ed25519 signature over `statement`; 64 bytes.
    public var signature: [UInt8]

    /// An answer from its parts; it is not checked here.
    public init(challenge: [UInt8], signature: [UInt8]) {
        self.challenge = challenge
        self.signature = signature
    }

    /// What the card signs: deterministic CBOR `["wattseal-bearer/1", ledger chain id, device, connector's chain, challenge,
    /// voucher hash]`. It is no Sig_structure of any message of ours: those begin with another text.
    public static func statement(
        ledger: LedgerChainID, device: DeviceID, chain: ChainNumber, challenge: [UInt8], voucher: GrantHash
    ) -> [UInt8] {
        CBOR.array([
            .text("wattseal-bearer/1"), .text(ledger.text), .bytes(device.bytes), .unsigned(UInt64(chain.rawValue)),
            .bytes(challenge), .bytes(voucher.bytes),
        ]).encode()
    }

    /// Whether the key with these 32 bytes signed it for this connector and voucher.
    public func isValid(
        key: [UInt8], ledger: LedgerChainID, device: DeviceID, chain: ChainNumber, voucher: GrantHash
    ) -> Bool {
        guard challenge.count == Self.challengeBytes, let key = try? COSESign1.publicKey(key) else { return false }
        return key.isValidSignature(
            signature,
            for: Self.statement(
                ledger: ledger, device: device, chain: chain, challenge: challenge, voucher: voucher))
    }
}

extension BearerAnswer: RecordPart {
    var fields: [RecordField] {
        [RecordField(1, "challenge", .bytes(challenge)), RecordField(2, "signature", .bytes(signature))]
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        challenge = try fields.bytes(1, "challenge", count: Self.challengeBytes)
        signature = try fields.bytes(2, "signature", count: 64)
    }
}
