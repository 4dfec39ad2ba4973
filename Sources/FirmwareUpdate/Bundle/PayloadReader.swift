import Crypto
import SignedRecords

/// Cuts a payload into its files, chunk by chunk. Nothing is handed out before its chunk's hash was checked.
public struct PayloadReader {
    /// Bytes of one file, in order.
    public struct Piece: Equatable, Sendable {
        /// The file's place in the manifest.
        public let file: Int
        public let bytes: [UInt8]
        /// Whether the file ends here; its own hash has then been checked.
        public let isLast: Bool
    }

    private let bundle: VerifiedBundle
    private var nextChunk = 0
    private var file = 0
    private var fileRest: UInt64
    private var fileHash = SHA256()
    private var payloadHash = SHA256()

    /// A reader at the payload's beginning.
    public init(_ bundle: VerifiedBundle) {
        self.bundle = bundle
        fileRest = bundle.manifest.files.first?.length ?? 0
    }

    /// How many bytes the next chunk has; `nil` after the last.
    public var nextLength: Int? {
        guard nextChunk < bundle.chunkHashes.count else { return nil }
        let start = UInt64(nextChunk) * UInt64(BundleEnvelope.chunkLength)
        return Int(min(UInt64(BundleEnvelope.chunkLength), bundle.manifest.payload.length - start))
    }

    /// Takes the next chunk. After an error the reader must not be used again.
    public mutating func accept(_ chunk: [UInt8]) throws(FirmwareUpdateError) -> [Piece] {
        guard let length = nextLength, chunk.count == length else {
            throw .payloadLength(expected: UInt64(nextLength ?? 0), found: UInt64(chunk.count))
        }
        guard SHA256.hash(data: chunk).elementsEqual(bundle.chunkHashes[nextChunk]) else {
            throw .hashMismatch(of: "chunk \(nextChunk)")
        }
        nextChunk += 1
        payloadHash.update(data: chunk)
        var pieces: [Piece] = []
        var rest = chunk[...]
        let files = bundle.manifest.files
        // An empty file ends at once, also behind the last byte of the payload.
        while file < files.count, !rest.isEmpty || fileRest == 0 {
            let bytes = rest.prefix(Int(min(fileRest, UInt64(rest.count))))
            rest = rest.dropFirst(bytes.count)
            fileRest -= UInt64(bytes.count)
            fileHash.update(data: bytes)
            if fileRest == 0 {
                guard fileHash.finalize().elementsEqual(files[file].hash.bytes) else {
                    throw .hashMismatch(of: "the file \(files[file].path)")
                }
            }
            pieces.append(Piece(file: file, bytes: Array(bytes), isLast: fileRest == 0))
            if fileRest == 0 {
                file += 1
                fileHash = SHA256()
                fileRest = file < files.count ? files[file].length : 0
            }
        }
        return pieces
    }

    /// All chunks have come, every file has ended, and the whole has its hash.
    public func finish() throws(FirmwareUpdateError) {
        guard nextLength == nil, file == bundle.manifest.files.count else {
            let found = min(UInt64(nextChunk) * UInt64(BundleEnvelope.chunkLength), bundle.manifest.payload.length)
            throw .payloadLength(expected: bundle.manifest.payload.length, found: found)
        }
        guard payloadHash.finalize().elementsEqual(bundle.manifest.payload.hash.bytes) else {
            throw .hashMismatch(of: "the payload")
        }
    }
}
