import Crypto

/// The public halves of the device's two keys.
public struct DevicePublicKeys: Hashable, Sendable {
    /// 32 bytes: signs records.
    public let ed25519: [UInt8]
    /// 65 bytes, the uncompressed point: signs OCMF exports.
    public let p256: [UInt8]

    public init(ed25519: [UInt8], p256: [UInt8]) {
        self.ed25519 = ed25519
        self.p256 = p256
    }

    /// The device id of a device born with these keys.
    public var deviceID: DeviceID { DeviceID(hashing: ed25519) }

    /// What the P-256 key signs to vouch for the Ed25519 key: the text `wattseal-cross-signature/1`, then the 32 bytes.
    public static func crossSigned(ed25519: [UInt8]) -> [UInt8] {
        Array("wattseal-cross-signature/1".utf8) + ed25519
    }

    /// Whether a cross signature of 64 bytes holds under these keys.
    public func isValidCrossSignature(_ signature: [UInt8]) -> Bool {
        guard let key = try? P256.Signing.PublicKey(x963Representation: p256),
            let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature)
        else { return false }
        return key.isValidSignature(signature, for: DevicePublicKeys.crossSigned(ed25519: ed25519))
    }
}
