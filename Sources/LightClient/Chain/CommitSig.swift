/// What a validator did in a commit's round.
public enum BlockIDFlag: UInt8, Sendable, Hashable {
    /// No vote arrived.
    case absent = 1
    /// Signed the commit's block.
    case commit = 2
    /// Signed a vote for no block.
    case `nil` = 3
}

/// One validator's entry of a commit. Entry i belongs to validator i of the set of that height.
public struct CommitSig: Hashable, Sendable {
    /// What the validator did.
    public var flag: BlockIDFlag
    /// Who; nil when absent. Not signed: only the key at the same place of the set says who signed.
    public var validatorAddress: Address?
    /// The signer's own time; Go's zero time when absent.
    public var timestamp: Timestamp
    /// Empty when absent.
    public var signature: [UInt8]

    /// An entry from its fields.
    public init(flag: BlockIDFlag, validatorAddress: Address?, timestamp: Timestamp, signature: [UInt8]) {
        self.flag = flag
        self.validatorAddress = validatorAddress
        self.timestamp = timestamp
        self.signature = signature
    }

    /// The entry of a validator whose vote did not arrive.
    public static let absent = CommitSig(flag: .absent, validatorAddress: nil, timestamp: .goZero, signature: [])

    /// The longest signature of any known key type.
    public static let maxSignatureSize = 3309

    /// The checks that need nothing but the entry; `index` is for the error.
    public func checkStructure(index: Int) throws(LightClientError) {
        switch flag {
        case .absent:
            guard validatorAddress == nil else {
                throw .invalidCommitSignature(index: index, reason: "absent, but has an address")
            }
            guard timestamp == .goZero else {
                throw .invalidCommitSignature(index: index, reason: "absent, but has the time \(timestamp)")
            }
            guard signature.isEmpty else {
                throw .invalidCommitSignature(index: index, reason: "absent, but has a signature")
            }
        case .commit, .nil:
            guard validatorAddress != nil else {
                throw .invalidCommitSignature(index: index, reason: "has no validator address")
            }
            guard !signature.isEmpty else {
                throw .invalidCommitSignature(index: index, reason: "has no signature")
            }
            guard signature.count <= CommitSig.maxSignatureSize else {
                throw .invalidCommitSignature(index: index, reason: "signature of \(signature.count) bytes")
            }
        }
    }
}

extension CommitSig: ProtobufMessage {
    /// tendermint.types.CommitSig.
    public static let protobufName = "CommitSig"

    /// Reads fields 1 block_id_flag, 2 validator_address, 3 timestamp, 4 signature.
    public init(from reader: inout ProtobufReader) throws(LightClientError) {
        var flag: BlockIDFlag?
        self.init(flag: .absent, validatorAddress: nil, timestamp: .unixEpoch, signature: [])
        while let field = try reader.next() {
            switch field.number {
            case 1:
                guard let value = UInt8(exactly: try field.unsigned()), let known = BlockIDFlag(rawValue: value)
                else { throw field.fault("is no known flag") }
                flag = known
            case 2: validatorAddress = try field.address()
            case 3: timestamp = try field.message(Timestamp.self)
            case 4: signature = try field.bytes()
            default: throw reader.unknown(field)
            }
        }
        guard let flag else {
            throw .malformedProtobuf(
                message: CommitSig.protobufName, offset: reader.offset, reason: "block_id_flag is missing")
        }
        self.flag = flag
    }

    /// Writes the canonical encoding; the timestamp always.
    public func write(to writer: inout ProtobufWriter) {
        writer.unsigned(1, UInt64(flag.rawValue))
        writer.bytes(2, validatorAddress?.bytes ?? [])
        writer.message(3, timestamp)
        writer.bytes(4, signature)
    }
}
