import Crypto
import SignedRecords

/// The outside of a bundle, before anything in it is believed.
///
///     magic (8) | format (2) | header length (4)                                     the preamble, 14 bytes
///     manifest length (4) | manifest | signature count (2) | { key id (8) | signature (64) } …
///     chunk count (4) | { SHA-256 (32) } …                                            the header
///     payload: the files, one behind the other
///
/// Integers in network order. The manifest stands first, so a wrong release is refused after a few kilobytes of a slow
/// serial line. The magic holds bytes that a transfer in text mode would change.
public struct BundleEnvelope: Equatable, Sendable {
    /// The bytes of one chunk; the last may be shorter.
    public static let chunkLength: UInt32 = 64 << 10
    /// Bytes before the header.
    public static let preambleLength = 14
    static let magic: [UInt8] = [0x89, 0x57, 0x53, 0x42, 0x0D, 0x0A, 0x1A, 0x0A]
    static let format: UInt16 = 1
    static let mostSignatures = 16
    static let mostChunks = Int(ReleaseManifest.mostPayload) / Int(chunkLength)
    static let mostHeader = 4 + ReleaseManifest.mostBytes + 2 + mostSignatures * 72 + 4 + mostChunks * 32

    /// One release key's signature.
    struct Signature: Equatable, Sendable {
        let keyID: [UInt8]
        let signature: [UInt8]
    }

    /// The manifest as received; signatures are over exactly these bytes.
    public let manifestBytes: [UInt8]
    let signatures: [Signature]
    let chunkHashes: [[UInt8]]

    /// The length of preamble and header together, from the first 14 bytes. No length from outside is believed unchecked.
    public static func headerEnd(preamble: [UInt8]) throws(FirmwareUpdateError) -> Int {
        var reader = ByteReader(preamble[...])
        guard let magic = reader.take(magic.count), let format = reader.bigEndian(UInt16.self),
            let length = reader.bigEndian(UInt32.self)
        else { throw .headerIncomplete(expected: preambleLength, found: preamble.count) }
        guard magic == Self.magic else { throw .envelope(offset: 0, expected: "a bundle, sent without change") }
        guard format == Self.format else {
            throw .envelope(offset: 8, expected: "format \(Self.format), not \(format)")
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
        var reader = ByteReader(bytes[..<end])
        _ = reader.take(Self.preambleLength)
        let manifestLength = Int(try Self.integer(&reader, UInt32.self))
        guard (1...ReleaseManifest.mostBytes).contains(manifestLength), let manifest = reader.take(manifestLength)
        else {
            throw .envelope(offset: 14, expected: "a manifest of at most \(ReleaseManifest.mostBytes) bytes")
        }
        manifestBytes = manifest

        let signatureOffset = reader.offset
        let signatureCount = Int(try Self.integer(&reader, UInt16.self))
        guard signatureCount <= Self.mostSignatures else {
            throw .envelope(offset: signatureOffset, expected: "at most \(Self.mostSignatures) signatures")
        }
        var signatures: [Signature] = []
        for _ in 0..<signatureCount {
            let offset = reader.offset
            guard let keyID = reader.take(8), let signature = reader.take(64) else {
                throw .envelope(offset: offset, expected: "a signature")
            }
            guard !signatures.contains(where: { $0.keyID == keyID }) else {
                throw .envelope(offset: offset, expected: "each key only once")
            }
            signatures.append(Signature(keyID: keyID, signature: signature))
        }
        self.signatures = signatures

        let tableOffset = reader.offset
        let chunkCount = Int(try Self.integer(&reader, UInt32.self))
        guard chunkCount <= Self.mostChunks, let table = reader.take(chunkCount * 32) else {
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
    public func verified(by keys: ReleaseKeys) throws(FirmwareUpdateError) -> VerifiedBundle {
        var good = 0
        let message = ReleaseKeys.domain + manifestBytes
        for entry in signatures {
            guard let key = keys.key(id: entry.keyID) else { continue }
            guard key.isValidSignature(entry.signature, for: message) else {
                throw .badSignature(keyID: Hexadecimal.encode(entry.keyID))
            }
            good += 1
        }
        guard good >= keys.threshold else { throw .tooFewSignatures(expected: keys.threshold, found: good) }

        let manifest = try ReleaseManifest(decoding: manifestBytes)
        let chunks = (manifest.payload.length + UInt64(Self.chunkLength) - 1) / UInt64(Self.chunkLength)
        guard UInt64(chunkHashes.count) == chunks else {
            throw .manifestField("payload.length", expected: "\(chunkHashes.count) chunks, not \(chunks)")
        }
        guard ContentHash(hashing: Array(chunkHashes.joined())) == manifest.payload.chunkTableHash else {
            throw .hashMismatch(of: "the chunk table")
        }
        return VerifiedBundle(
            manifest: manifest, manifestHash: ContentHash(hashing: manifestBytes), chunkHashes: chunkHashes)
    }

    private static func integer<Value: FixedWidthInteger & UnsignedInteger>(
        _ reader: inout ByteReader, _ type: Value.Type
    ) throws(FirmwareUpdateError) -> Value {
        guard let value = reader.bigEndian(type) else {
            throw .envelope(offset: reader.offset, expected: "more bytes of the header")
        }
        return value
    }
}
