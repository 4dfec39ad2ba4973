public import Crypto

/// The Ed25519 keys that a device has had, by key epoch. Grows only through verified key-change records.
public struct KeyHistory: Sendable {
    /// The newest epoch.
    public private(set) var current: UInt32
    private var keys: [UInt32: Curve25519.Signing.PublicKey]

    /// Starts with one key: epoch 1 from genesis, or a later one for a chain that is read from its middle.
    public init(ed25519 key: [UInt8], epoch: UInt32 = 1) throws(COSEError) {
        keys = [epoch: try COSESign1.publicKey(key)]
        current = epoch
    }

    /// The key of an epoch, or `nil`.
    public func key(epoch: UInt32) -> Curve25519.Signing.PublicKey? { keys[epoch] }

    mutating func add(ed25519 key: [UInt8], epoch: UInt32) throws(COSEError) {
        keys[epoch] = try COSESign1.publicKey(key)
        current = epoch
    }
}
