public import SignedRecords

/// What stands in front of a bundle's chunk table: enough to refuse a wrong release after a few kilobytes.
///
/// Nothing in it is believed yet, no length from outside among it.
public struct BundleFront: Equatable, Sendable {
    /// The most roots that travel in one bundle.
    static let mostRoots = 16

    /// The manifest as received; signatures are over exactly these bytes.
    public let manifestBytes: [UInt8]
    let signatures: [KeySignature]
    /// The roots as received, oldest first.
    let roots: [[UInt8]]
    /// Where the chunk table begins.
    let length: Int
    /// Where the payload begins.
    let headerEnd: Int

    /// Who says that they have signed it.
    public var signingKeyIDs: [[UInt8]] { signatures.map(\.keyID) }

    /// The roots that it brings, oldest first, whoever signed them.
    public func readRoots() throws(FirmwareUpdateError) -> [SignedRoot] {
        var read: [SignedRoot] = []
        for bytes in roots { read.append(try SignedRoot(decoding: bytes)) }
        return read
    }

    /// The manifest's name.
    public var manifestHash: ContentHash { ContentHash(hashing: manifestBytes) }

    /// Reads a bundle's beginning; nil where more of it is needed to tell.
    public init?(prefix bytes: [UInt8]) throws(FirmwareUpdateError) {
        guard bytes.count >= BundleEnvelope.preambleLength else {
            guard bytes.starts(with: BundleEnvelope.magic.prefix(bytes.count)) else {
                throw .envelope(offset: 0, expected: "a bundle, sent without change")
            }
            return nil
        }
        let preamble = Array(bytes.prefix(BundleEnvelope.preambleLength))
        let end = try BundleEnvelope.headerEnd(preamble: preamble)
        let format = UInt16(preamble[8]) << 8 | UInt16(preamble[9])
        var reader = ByteReader(bytes.prefix(end))
        _ = reader.take(BundleEnvelope.preambleLength)
        do throws(EndOfPart) {
            manifestBytes = try Self.manifest(&reader)
            signatures = try Self.signatures(&reader)
            roots = format >= 2 ? try Self.roots(&reader) : []
        } catch {
            guard case .short(let offset) = error else { throw error.fault }
            // The header ends inside a part: no more bytes would help.
            guard bytes.count < end else { throw .envelope(offset: offset, expected: "more bytes of the header") }
            return nil
        }
        length = reader.offset
        headerEnd = end
    }

    private enum EndOfPart: Error {
        case short(offset: Int)
        case fault(FirmwareUpdateError)

        var fault: FirmwareUpdateError {
            switch self {
            case .short(let offset): .envelope(offset: offset, expected: "more bytes of the header")
            case .fault(let error): error
            }
        }
    }

    private static func manifest(_ reader: inout ByteReader) throws(EndOfPart) -> [UInt8] {
        let offset = reader.offset
        guard let length = reader.bigEndian(UInt32.self) else { throw .short(offset: offset) }
        guard (1...UInt32(ReleaseManifest.mostBytes)).contains(length) else {
            throw .fault(
                .envelope(offset: offset, expected: "a manifest of at most \(ReleaseManifest.mostBytes) bytes"))
        }
        guard let bytes = reader.take(Int(length)) else { throw .short(offset: reader.offset) }
        return bytes
    }

    private static func signatures(_ reader: inout ByteReader) throws(EndOfPart) -> [KeySignature] {
        let start = reader.offset
        guard let count = reader.bigEndian(UInt16.self) else { throw .short(offset: start) }
        guard count <= BundleEnvelope.mostSignatures else {
            throw .fault(.envelope(offset: start, expected: "at most \(BundleEnvelope.mostSignatures) signatures"))
        }
        var signatures: [KeySignature] = []
        for _ in 0..<count {
            let offset = reader.offset
            guard let keyID = reader.take(8), let signature = reader.take(64) else { throw .short(offset: offset) }
            guard !signatures.contains(where: { $0.keyID == keyID }) else {
                throw .fault(.envelope(offset: offset, expected: "each key only once"))
            }
            signatures.append(KeySignature(keyID: keyID, signature: signature))
        }
        return signatures
    }

    private static func roots(_ reader: inout ByteReader) throws(EndOfPart) -> [[UInt8]] {
        let start = reader.offset
        guard let count = reader.bigEndian(UInt16.self) else { throw .short(offset: start) }
        // A bundle without roots has the first format: one content, one encoding.
        guard (1...mostRoots).contains(Int(count)) else {
            throw .fault(.envelope(offset: start, expected: "1 to \(mostRoots) roots"))
        }
        var roots: [[UInt8]] = []
        for _ in 0..<count {
            let offset = reader.offset
            guard let length = reader.bigEndian(UInt16.self) else { throw .short(offset: offset) }
            guard (1...SignedRoot.mostBytes).contains(Int(length)) else {
                throw .fault(.envelope(offset: offset, expected: "a root of at most \(SignedRoot.mostBytes) bytes"))
            }
            guard let root = reader.take(Int(length)) else { throw .short(offset: reader.offset) }
            roots.append(root)
        }
        return roots
    }
}
