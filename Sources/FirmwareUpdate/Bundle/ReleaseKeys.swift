import Crypto
import SignedRecords

/// The keys that may release firmware, and how many of them must have signed.
public struct ReleaseKeys: Sendable {
    /// Stands before the manifest's bytes in what is signed, so that no other signature of these keys fits a manifest.
    static let domain = Array("wattseal-release-v1\0".utf8)

    /// How many of the keys must have signed.
    public let threshold: Int
    private let keys: [[UInt8]: Curve25519.Signing.PublicKey]

    /// - Parameters:
    ///   - publicKeys: 1 to 16 different Ed25519 public keys of 32 bytes.
    ///   - threshold: 1 to the number of keys.
    public init(publicKeys: [[UInt8]], threshold: Int) throws(FirmwareUpdateError) {
        guard (1...BundleEnvelope.mostSignatures).contains(publicKeys.count) else {
            throw .releaseKey("expected 1 to \(BundleEnvelope.mostSignatures) keys, found \(publicKeys.count)")
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

    func key(id: [UInt8]) -> Curve25519.Signing.PublicKey? { keys[id] }
}
