/// Names a block: the header's hash, and the root over the parts in which the block travelled.
///
/// Only the header hash can be checked from a header; the parts need the whole block.
public struct BlockID: Hashable, Sendable {
    /// The header's hash; nil in the zero block id.
    public var hash: Hash?
    /// The parts.
    public var parts: PartSetHeader

    /// A block id from its parts.
    public init(hash: Hash?, parts: PartSetHeader) {
        self.hash = hash
        self.parts = parts
    }

    /// The predecessor of a chain's first block, and the vote for no block.
    public static let zero = BlockID(hash: nil, parts: PartSetHeader(total: 0, hash: nil))

    /// Whether nothing is named.
    public var isZero: Bool { self == .zero }
}

/// The number of 65 536-byte parts of a block, and the Merkle root over them.
public struct PartSetHeader: Hashable, Sendable {
    /// Number of parts.
    public var total: UInt32
    /// Merkle root over the parts.
    public var hash: Hash?

    /// Bytes in every part but the last.
    public static let partSize = 65_536

    /// A part-set header from its parts.
    public init(total: UInt32, hash: Hash?) {
        self.total = total
        self.hash = hash
    }

    /// The part-set header of an encoded block (see ``Block``).
    public init(encodedBlock: [UInt8]) {
        let parts = stride(from: 0, to: encodedBlock.count, by: PartSetHeader.partSize).map { start in
            Array(encodedBlock[start..<min(start + PartSetHeader.partSize, encodedBlock.count)])
        }
        total = UInt32(truncatingIfNeeded: parts.count)
        hash = MerkleTree.root(of: parts)
    }
}

extension BlockID: ProtobufMessage {
    /// tendermint.types.BlockID, and CanonicalBlockID, which has the same fields.
    public static let protobufName = "BlockID"

    /// Reads fields 1 hash, 2 part_set_header.
    public init(from reader: inout ProtobufReader) throws(LightClientError) {
        self = .zero
        while let field = try reader.next() {
            switch field.number {
            case 1: hash = try field.hash()
            case 2: parts = try field.message(PartSetHeader.self)
            default: throw reader.unknown(field)
            }
        }
    }

    /// Writes the canonical encoding; the part-set header always, so the zero block id is `12 00`.
    public func write(to writer: inout ProtobufWriter) {
        writer.bytes(1, hash?.bytes ?? [])
        writer.message(2, parts)
    }
}

extension PartSetHeader: ProtobufMessage {
    /// tendermint.types.PartSetHeader.
    public static let protobufName = "PartSetHeader"

    /// Reads fields 1 total, 2 hash.
    public init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init(total: 0, hash: nil)
        while let field = try reader.next() {
            switch field.number {
            case 1: total = try field.unsigned32()
            case 2: hash = try field.hash()
            default: throw reader.unknown(field)
            }
        }
    }

    /// Writes the canonical encoding.
    public func write(to writer: inout ProtobufWriter) {
        writer.unsigned(1, UInt64(total))
        writer.bytes(2, hash?.bytes ?? [])
    }
}
