import Crypto
import SignedRecords

/// The keys of one role, and how many of them must have signed.
public struct RoleKeys: Sendable {
    /// The most keys of one role.
    public static let mostKeys = 16

    /// How many of the keys must have signed.
    public let threshold: Int
    private let keys: [[UInt8]: Curve25519.Signing.PublicKey]

    /// - Parameters:
    ///   - publicKeys: 1 to 16 different Ed25519 public keys of 32 bytes.
    ///   - threshold: 1 to the number of keys.
    public init(publicKeys: [[UInt8]], threshold: Int) throws(FirmwareUpdateError) {
        guard (1...Self.mostKeys).contains(publicKeys.count) else {
            throw .releaseKey("expected 1 to \(Self.mostKeys) keys, found \(publicKeys.count)")
        }
        guard (1...publicKeys.count).contains(threshold) else {
            throw .releaseKey("expected a threshold from 1 to \(publicKeys.count), found \(threshold)")
        }
        var keys: [[UInt8]: Curve25519.Signing.PublicKey] = [:]
        for bytes in publicKeys {
            let key: Curve25519.Signing.PublicKey
            do throws(COSEError) {
                // Refuses keys of small order, whose signatures fit every message.
                key = try COSESign1.publicKey(bytes)
            } catch {
                throw .releaseKey("\(error)")
            }
            guard keys.updateValue(key, forKey: Self.id(of: bytes)) == nil else {
                throw .releaseKey("one key stands twice")
            }
        }
        self.keys = keys
        self.threshold = threshold
    }

    /// The name of a key: the first 8 bytes of its SHA-256.
    public static func id(of publicKey: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: publicKey).prefix(8)) }

    /// Checks that a threshold of the keys has signed a message. A key counts once, however often it signed; a known key's
    /// signature that does not fit refuses everything, however many others fit; unknown keys are ignored.
    public func check(_ signatures: [KeySignature], over message: [UInt8]) throws(FirmwareUpdateError) {
        var good: Set<[UInt8]> = []
        for entry in signatures {
            guard let key = keys[entry.keyID] else { continue }
            guard key.isValidSignature(entry.signature, for: message) else {
                throw .badSignature(keyID: Hexadecimal.encode(entry.keyID))
            }
            good.insert(entry.keyID)
        }
        guard good.count >= threshold else { throw .tooFewSignatures(expected: threshold, found: good.count) }
    }
}
