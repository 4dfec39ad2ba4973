public import Crypto

/// One key's signature under a manifest or a root.
public struct KeySignature: Hashable, Sendable {
    /// The key's name (`RoleKeys.id(of:)`), 8 bytes.
    public let keyID: [UInt8]
    /// Ed25519, 64 bytes.
    public let signature: [UInt8]

    public init(keyID: [UInt8], signature: [UInt8]) {
        self.keyID = keyID
        self.signature = signature
    }
}

/// Something that signs with one Ed25519 key: a key in memory, or a token that keeps it.
public protocol UpdateSigner {
    /// 32 bytes.
    var publicKeyBytes: [UInt8] { get }
    /// The signature of 64 bytes.
    func signature(over message: [UInt8]) throws -> [UInt8]
}

extension Curve25519.Signing.PrivateKey: UpdateSigner {
    public var publicKeyBytes: [UInt8] { Array(publicKey.rawRepresentation) }

    public func signature(over message: [UInt8]) throws -> [UInt8] { Array(try signature(for: message)) }
}

extension KeySignature {
    /// Has a message signed; throws `releaseKey` where the signer cannot.
    static func made(by signer: any UpdateSigner, over message: [UInt8]) throws(FirmwareUpdateError) -> KeySignature {
        do {
            return KeySignature(
                keyID: RoleKeys.id(of: signer.publicKeyBytes), signature: try signer.signature(over: message))
        } catch {
            throw .releaseKey("cannot sign: \(error)")
        }
    }
}
