import Crypto
import SignedRecords

/// Makes bundles: the release side of the format.
public enum BundleWriter {
    /// One file of a release.
    public struct Content: Equatable, Sendable {
        public var path: String
        public var isExecutable: Bool
        public var bytes: [UInt8]

        public init(path: String, isExecutable: Bool, bytes: [UInt8]) {
            self.path = path
            self.isExecutable = isExecutable
            self.bytes = bytes
        }
    }

    /// What the writer fills into a manifest: the files in order, and the payload's hashes.
    public static func manifest(
        _ draft: ReleaseManifest, describing contents: [Content]
    ) throws(FirmwareUpdateError) -> ReleaseManifest {
        let ordered = sorted(contents)
        let payload = Array(ordered.map(\.bytes).joined())
        var manifest = draft
        manifest.files = ordered.map {
            ReleaseManifest.File(
                path: $0.path, length: UInt64($0.bytes.count), isExecutable: $0.isExecutable,
                hash: ContentHash(hashing: $0.bytes))
        }
        manifest.payload = ReleaseManifest.Payload(
            length: UInt64(payload.count), hash: ContentHash(hashing: payload),
            chunkLength: BundleEnvelope.chunkLength,
            chunkTableHash: ContentHash(hashing: Array(chunkHashes(of: payload).joined())))
        // What a device would refuse is not released.
        return try ReleaseManifest(decoding: manifest.encoded())
    }

    /// The bytes that a release key signs.
    public static func signedMessage(manifest: ReleaseManifest) -> [UInt8] {
        BundleEnvelope.domain + manifest.encoded()
    }

    /// The bundle: the manifest that `manifest(_:describing:)` made, signed by each of the keys, the roots that a device may
    /// not have yet, oldest first, and the files.
    public static func bundle(
        manifest: ReleaseManifest, contents: [Content], signedBy signers: [any UpdateSigner], roots: [SignedRoot] = []
    ) throws(FirmwareUpdateError) -> [UInt8] {
        let payload = Array(sorted(contents).map(\.bytes).joined())
        let manifestBytes = manifest.encoded()
        var header: [UInt8] = []
        header.appendBigEndian(UInt32(manifestBytes.count))
        header += manifestBytes
        header.appendBigEndian(UInt16(truncatingIfNeeded: signers.count))
        for signer in signers {
            let made = try KeySignature.made(by: signer, over: signedMessage(manifest: manifest))
            header += made.keyID + made.signature
        }
        if !roots.isEmpty {
            header.appendBigEndian(UInt16(truncatingIfNeeded: roots.count))
            for root in roots {
                let bytes = root.encoded()
                header.appendBigEndian(UInt16(truncatingIfNeeded: bytes.count))
                header += bytes
            }
        }
        let hashes = chunkHashes(of: payload)
        header.appendBigEndian(UInt32(hashes.count))
        header += hashes.joined()

        var bundle = BundleEnvelope.magic
        bundle.appendBigEndian(UInt16(roots.isEmpty ? 1 : 2))
        bundle.appendBigEndian(UInt32(header.count))
        bundle += header
        // A bundle that does not open, or that holds other files than its manifest says, is not handed out.
        let publicKeys = signers.map(\.publicKeyBytes)
        let verified = try BundleEnvelope(decoding: bundle)
            .verified(by: try RoleKeys(publicKeys: publicKeys, threshold: publicKeys.count))
        guard ContentHash(hashing: payload) == verified.manifest.payload.hash else {
            throw .hashMismatch(of: "the payload")
        }
        return bundle + payload
    }

    private static func sorted(_ contents: [Content]) -> [Content] {
        contents.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private static func chunkHashes(of payload: [UInt8]) -> [[UInt8]] {
        stride(from: 0, to: payload.count, by: Int(BundleEnvelope.chunkLength)).map {
            Array(SHA256.hash(data: payload[$0..<min($0 + Int(BundleEnvelope.chunkLength), payload.count)]))
        }
    }
}
