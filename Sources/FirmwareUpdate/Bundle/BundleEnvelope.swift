import Crypto
import SignedRecords

/// The outside of a bundle, before anything in it is believed.
///
///     magic (8) | format (2) | header length (4)                                     the preamble, 14 bytes
///     manifest length (4) | manifest | signature count (2) | { key id (8) | signature (64) } …
///     format 2: root count (2) | { length (2) | root } …                              the front
///     chunk count (4) | { SHA-256 (32) } …                                            the header
///     payload: the files, one behind the other
///
/// Integers in network order. The manifest stands first, so a wrong release is refused after a few kilobytes of a slow
/// serial line. The magic holds bytes that a transfer in text mode would change. Format 2 is the one with roots in it.
public struct BundleEnvelope: Equatable, Sendable {
    /// The bytes of one chunk; the last may be shorter.
    public static let chunkLength: UInt32 = 64 << 10
    /// Bytes before the header.
    public static let preambleLength = 14
    /// Stands before the manifest's bytes in what is signed, so that no other signature of these keys fits a manifest.
    static let domain = Array("wattseal-release-v1\0".utf8)
    static let magic: [UInt8] = [0x89, 0x57, 0x53, 0x42, 0x0D, 0x0A, 0x1A, 0x0A]
    static let formats: ClosedRange<UInt16> = 1...2
    static let mostSignatures = 16
    static let mostChunks = Int(ReleaseManifest.mostPayload) / Int(chunkLength)
    static let mostHeader =
        4 + ReleaseManifest.mostBytes + 2 + mostSignatures * 72 + 2 + BundleFront.mostRoots * (2 + SignedRoot.mostBytes)
        + 4 + mostChunks * 32

    /// What stands before the chunk table.
    public let front: BundleFront
    let chunkHashes: [[UInt8]]

    /// The manifest as received; signatures are over exactly these bytes.
    public var manifestBytes: [UInt8] { front.manifestBytes }

    /// The length of preamble and header together, from the first 14 bytes. No length from outside is believed unchecked.
    public static func headerEnd(preamble: [UInt8]) throws(FirmwareUpdateError) -> Int {
        var reader = ByteReader(preamble[...])
        guard let magic = reader.take(magic.count), let format = reader.bigEndian(UInt16.self),
            let length = reader.bigEndian(UInt32.self)
        else { throw .headerIncomplete(expected: preambleLength, found: preamble.count) }
        guard magic == Self.magic else { throw .envelope(offset: 0, expected: "a bundle, sent without change") }
        guard formats.contains(format) else {
            throw .envelope(
                offset: 8, expected: "format \(formats.lowerBound) to \(formats.upperBound), not \(format)")
        }
        guard length <= mostHeader else {
            throw .envelope(offset: 10, expected: "a header of at most \(mostHeader) bytes, not \(length)")
        }
        return preambleLength + Int(length)
    }

    /// Reads preamble and header; bytes behind them are the payload's and are left alone.
    public init(decoding bytes: [UInt8]) throws(FirmwareUpdateError) {
        let end = try Self.headerEnd(preamble: Array(bytes.prefix(Self.preambleLength)))
        guard bytes.count >= end else { throw .headerIncomplete(expected: end, found: bytes.count) }
        guard let front = try BundleFront(prefix: bytes) else {
            throw .headerIncomplete(expected: end, found: bytes.count)
        }
        self.front = front
        var reader = ByteReader(bytes[..<end])
        _ = reader.take(front.length)
        let tableOffset = reader.offset
        guard let chunkCount = reader.bigEndian(UInt32.self) else {
            throw .envelope(offset: tableOffset, expected: "more bytes of the header")
        }
        guard chunkCount <= Self.mostChunks, let table = reader.take(Int(chunkCount) * 32) else {
            throw .envelope(offset: tableOffset, expected: "a chunk table of at most \(Self.mostChunks) hashes")
        }
        chunkHashes = stride(from: 0, to: table.count, by: 32).map { Array(table[$0..<$0 + 32]) }
        guard reader.offset == end else {
            throw .envelope(offset: reader.offset, expected: "the end of the header at byte \(end)")
        }
    }

    /// Checks the release signatures over the manifest's bytes, and only then reads it and checks the chunk table.
    ///
    /// A known key's signature that does not fit refuses the bundle, however many others fit; unknown keys are ignored.
    public func verified(by keys: RoleKeys) throws(FirmwareUpdateError) -> VerifiedBundle {
        try front.checkSignatures(by: keys)
        return try verified(manifest: try ReleaseManifest(decoding: manifestBytes))
    }

    /// Holds the chunk table against a manifest whose signatures were checked.
    func verified(manifest: ReleaseManifest) throws(FirmwareUpdateError) -> VerifiedBundle {
        let chunks = (manifest.payload.length + UInt64(Self.chunkLength) - 1) / UInt64(Self.chunkLength)
        guard UInt64(chunkHashes.count) == chunks else {
            throw .manifestField("payload.length", expected: "\(chunkHashes.count) chunks, not \(chunks)")
        }
        guard ContentHash(hashing: Array(chunkHashes.joined())) == manifest.payload.chunkTableHash else {
            throw .hashMismatch(of: "the chunk table")
        }
        return VerifiedBundle(manifest: manifest, manifestHash: front.manifestHash, chunkHashes: chunkHashes)
    }
}

extension BundleFront {
    func checkSignatures(by keys: RoleKeys) throws(FirmwareUpdateError) {
        try keys.check(signatures, over: BundleEnvelope.domain + manifestBytes)
    }
}
