/// The device's keys change. The record is signed by the old Ed25519 key; the body carries the new one's signature and the
/// new P-256 key's cross signature, so all three agree. Records after it carry the new epoch.
public struct KeyChange: Hashable, Sendable {
    /// The old epoch plus one.
    public var newEpoch: UInt32
    /// 32 bytes.
    public var ed25519PublicKey: [UInt8]
    /// 65 bytes, uncompressed.
    public var p256PublicKey: [UInt8]
    /// 64 bytes: the new P-256 key over the new Ed25519 key, as in genesis.
    public var p256Signature: [UInt8]
    /// 64 bytes: the new Ed25519 key over `statement`.
    public var newKeySignature: [UInt8]

    public init(
        newEpoch: UInt32, ed25519PublicKey: [UInt8], p256PublicKey: [UInt8], p256Signature: [UInt8],
        newKeySignature: [UInt8]
    ) {
        self.newEpoch = newEpoch
        self.ed25519PublicKey = ed25519PublicKey
        self.p256PublicKey = p256PublicKey
        self.p256Signature = p256Signature
        self.newKeySignature = newKeySignature
    }

    /// Both new keys.
    public var publicKeys: DevicePublicKeys {
        DevicePublicKeys(ed25519: ed25519PublicKey, p256: p256PublicKey)
    }

    /// What the new Ed25519 key signs: CBOR `["wattseal-key-change/1", device, sequence, previous, new epoch, Ed25519 key,
    /// P-256 key]`, where sequence and previous are this record's own, so that the signature fits this place only.
    public static func statement(
        device: DeviceID, sequence: UInt64, previous: RecordHash, newEpoch: UInt32, keys: DevicePublicKeys
    ) -> [UInt8] {
        CBOR.array([
            .text("wattseal-key-change/1"), .bytes(device.bytes), .unsigned(sequence), .bytes(previous.bytes),
            .unsigned(UInt64(newEpoch)), .bytes(keys.ed25519), .bytes(keys.p256),
        ]).encode()
    }
}

extension KeyChange: RecordPart {
    var fields: [RecordField] {
        [
            RecordField(1, "new_epoch", .unsigned(UInt64(newEpoch))),
            RecordField(2, "ed25519", .bytes(ed25519PublicKey)),
            RecordField(3, "p256", .bytes(p256PublicKey)),
            RecordField(4, "p256_signature", .bytes(p256Signature)),
            RecordField(5, "new_key_signature", .bytes(newKeySignature)),
        ]
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        newEpoch = try fields.integer(1, "new_epoch", as: UInt32.self)
        ed25519PublicKey = try fields.bytes(2, "ed25519", count: 32)
        p256PublicKey = try fields.bytes(3, "p256", count: 65)
        p256Signature = try fields.bytes(4, "p256_signature", count: 64)
        newKeySignature = try fields.bytes(5, "new_key_signature", count: 64)
    }
}
