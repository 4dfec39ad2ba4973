public import SignedRecords

/// A bundle whose manifest the release keys have signed, and whose chunk table the manifest names. The payload is still to
/// come (`PayloadReader`).
public struct VerifiedBundle: Equatable, Sendable {
    public let manifest: ReleaseManifest
    /// What the boot record names the image by.
    public let manifestHash: ContentHash
    let chunkHashes: [[UInt8]]

    /// What the boot record keeps of it.
    public var image: Image {
        Image(manifest: manifestHash, version: manifest.version, securityCounter: manifest.securityCounter)
    }

    /// What the device is, as far as a release may depend on it.
    public struct Device: Equatable, Sendable {
        public var product: String
        public var architecture: String
        public var board: String
        public var revision: UInt32
        public var system: UInt32
        public var dataSchema: UInt32

        public init(
            product: String, architecture: String, board: String, revision: UInt32, system: UInt32, dataSchema: UInt32
        ) {
            self.product = product
            self.architecture = architecture
            self.board = board
            self.revision = revision
            self.system = system
            self.dataSchema = dataSchema
        }
    }
}
