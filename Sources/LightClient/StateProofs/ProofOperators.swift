/// ICS-23 hash functions; only SHA-256 stands in the specifications known here.
public enum HashOperator: UInt8, Sendable, Hashable, CaseIterable {
    /// No hashing.
    case none = 0
    /// SHA-256.
    case sha256 = 1
    /// SHA-512.
    case sha512 = 2
    /// Keccak-256.
    case keccak256 = 3
    /// RIPEMD-160.
    case ripemd160 = 4
    /// RIPEMD-160 of SHA-256.
    case bitcoin = 5
    /// SHA-512/256.
    case sha512Truncated = 6
    /// BLAKE2b-512.
    case blake2b512 = 7
    /// BLAKE2s-256.
    case blake2s256 = 8
    /// BLAKE3.
    case blake3 = 9
}

/// ICS-23 length rules of a leaf's key and value.
public enum LengthOperator: UInt8, Sendable, Hashable, CaseIterable {
    /// No length.
    case none = 0
    /// Unsigned varint.
    case varint = 1
    /// RLP.
    case rlp = 2
    /// 32 bits big endian.
    case fixed32Big = 3
    /// 32 bits little endian.
    case fixed32Little = 4
    /// 64 bits big endian.
    case fixed64Big = 5
    /// 64 bits little endian.
    case fixed64Little = 6
    /// Exactly 32 bytes.
    case require32 = 7
    /// Exactly 64 bytes.
    case require64 = 8
}

/// How a leaf's hash follows from key and value.
public struct LeafOp: Hashable, Sendable {
    /// Hash of the whole leaf.
    public var hash: HashOperator
    /// Hash of the key before that.
    public var prehashKey: HashOperator
    /// Hash of the value before that.
    public var prehashValue: HashOperator
    /// Length rule.
    public var length: LengthOperator
    /// Stands before key and value.
    public var prefix: [UInt8]

    /// A leaf operator from its fields.
    public init(
        hash: HashOperator, prehashKey: HashOperator, prehashValue: HashOperator, length: LengthOperator,
        prefix: [UInt8]
    ) {
        self.hash = hash
        self.prehashKey = prehashKey
        self.prehashValue = prehashValue
        self.length = length
        self.prefix = prefix
    }

    /// The leaf operator of sparse trees.
    public static let smt = LeafOp(
        hash: .sha256, prehashKey: .sha256, prehashValue: .sha256, length: .none, prefix: ProofSpec.leafPrefix)
}

/// One step towards the root: hash(prefix || child || suffix).
public struct InnerOp: Hashable, Sendable {
    /// Hash of the node.
    public var hash: HashOperator
    /// Stands before the child.
    public var prefix: [UInt8]
    /// Stands after the child.
    public var suffix: [UInt8]

    /// An inner operator from its fields.
    public init(hash: HashOperator, prefix: [UInt8], suffix: [UInt8]) {
        self.hash = hash
        self.prefix = prefix
        self.suffix = suffix
    }
}

extension LeafOp: ProtobufMessage {
    /// cosmos.ics23.v1.LeafOp.
    public static let protobufName = "LeafOp"

    /// Reads fields 1 hash, 2 prehash_key, 3 prehash_value, 4 length, 5 prefix.
    public init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init(hash: .none, prehashKey: .none, prehashValue: .none, length: .none, prefix: [])
        while let field = try reader.next() {
            switch field.number {
            case 1: hash = try field.hashOperator()
            case 2: prehashKey = try field.hashOperator()
            case 3: prehashValue = try field.hashOperator()
            case 4:
                guard let raw = UInt8(exactly: try field.unsigned()), let known = LengthOperator(rawValue: raw) else {
                    throw field.fault("is no known length rule")
                }
                length = known
            case 5: prefix = try field.bytes()
            default: throw reader.unknown(field)
            }
        }
    }

    /// Writes the canonical encoding.
    public func write(to writer: inout ProtobufWriter) {
        writer.unsigned(1, UInt64(hash.rawValue))
        writer.unsigned(2, UInt64(prehashKey.rawValue))
        writer.unsigned(3, UInt64(prehashValue.rawValue))
        writer.unsigned(4, UInt64(length.rawValue))
        writer.bytes(5, prefix)
    }
}

extension InnerOp: ProtobufMessage {
    /// cosmos.ics23.v1.InnerOp.
    public static let protobufName = "InnerOp"

    /// Reads fields 1 hash, 2 prefix, 3 suffix.
    public init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init(hash: .none, prefix: [], suffix: [])
        while let field = try reader.next() {
            switch field.number {
            case 1: hash = try field.hashOperator()
            case 2: prefix = try field.bytes()
            case 3: suffix = try field.bytes()
            default: throw reader.unknown(field)
            }
        }
    }

    /// Writes the canonical encoding.
    public func write(to writer: inout ProtobufWriter) {
        writer.unsigned(1, UInt64(hash.rawValue))
        writer.bytes(2, prefix)
        writer.bytes(3, suffix)
    }
}

extension ProtobufReader.Field {
    fileprivate func hashOperator() throws(LightClientError) -> HashOperator {
        guard let raw = UInt8(exactly: try unsigned()), let known = HashOperator(rawValue: raw) else {
            throw fault("is no known hash function")
        }
        return known
    }
}
