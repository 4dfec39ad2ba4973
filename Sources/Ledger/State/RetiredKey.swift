public import SignedRecords

/// The Ed25519 key of an earlier epoch. Records of connector chains that were signed before the change still count.
public struct RetiredKey: StateValue {
    public static let noun = "retired key"

    /// 32 bytes.
    public let ed25519PublicKey: [UInt8]

    /// A retired key.
    public init(ed25519PublicKey: [UInt8]) { self.ed25519PublicKey = ed25519PublicKey }

    public var items: [CBOR] { [.bytes(ed25519PublicKey)] }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        ed25519PublicKey = try values.bytes("ed25519 key", count: 32...32)
    }
}
