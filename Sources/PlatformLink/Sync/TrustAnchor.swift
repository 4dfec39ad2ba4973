public import LightClient

/// The block that is believed without proof: where a light client starts.
public struct TrustAnchor: Hashable, Sendable {
    /// Its height, from 1.
    public let height: Int64
    /// Its hash.
    public let hash: Hash

    /// An anchor from its parts.
    public init(height: Int64, hash: Hash) {
        self.height = height
        self.hash = hash
    }
}
