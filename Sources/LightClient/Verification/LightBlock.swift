/// A header with the commit that makes it final.
public struct SignedHeader: Hashable, Sendable {
    /// The header.
    public var header: Header
    /// The commit of the same height.
    public var commit: Commit

    /// A signed header from its parts; nothing is checked before ``checkStructure(chainID:)``.
    public init(header: Header, commit: Commit) {
        self.header = header
        self.commit = commit
    }

    /// The checks that need no validators: header and commit well formed, of this chain, for one height and block.
    public func checkStructure(chainID: String) throws(LightClientError) {
        try header.checkStructure()
        try commit.checkStructure()
        guard header.chainID == chainID else { throw .wrongChain(expected: chainID, got: header.chainID) }
        guard commit.height == header.height else {
            throw .commitHeightMismatch(header: header.height, commit: commit.height)
        }
        guard let hash = header.hash() else {
            throw .invalidHeader(field: "validators_hash", reason: "is empty, so the header has no hash")
        }
        guard commit.blockID.hash == hash else {
            throw .commitForAnotherBlock(header: hash, commit: commit.blockID.hash)
        }
    }
}

/// All that a light client fetches for one height.
public struct LightBlock: Hashable, Sendable {
    /// Header and commit.
    public var signedHeader: SignedHeader
    /// The validators of this height.
    public var validators: ValidatorSet
    /// The validators of the next height, where someone gave them.
    public var nextValidators: ValidatorSet?

    /// A light block from its parts.
    public init(signedHeader: SignedHeader, validators: ValidatorSet, nextValidators: ValidatorSet? = nil) {
        self.signedHeader = signedHeader
        self.validators = validators
        self.nextValidators = nextValidators
    }

    /// The header.
    public var header: Header { signedHeader.header }
    /// The header's height.
    public var height: Int64 { signedHeader.header.height }
}

extension SignedHeader: ProtobufMessage {
    /// tendermint.types.SignedHeader.
    public static let protobufName = "SignedHeader"

    /// Reads fields 1 header, 2 commit.
    public init(from reader: inout ProtobufReader) throws(LightClientError) {
        var header: Header?
        var commit: Commit?
        while let field = try reader.next() {
            switch field.number {
            case 1: header = try field.message(Header.self)
            case 2: commit = try field.message(Commit.self)
            default: throw reader.unknown(field)
            }
        }
        guard let header, let commit else {
            throw .malformedProtobuf(
                message: SignedHeader.protobufName, offset: reader.offset, reason: "header or commit is missing")
        }
        self.init(header: header, commit: commit)
    }

    /// Writes the canonical encoding.
    public func write(to writer: inout ProtobufWriter) {
        writer.message(1, header)
        writer.message(2, commit)
    }
}

extension LightBlock: ProtobufMessage {
    /// tendermint.types.LightBlock; the next validators are not part of it.
    public static let protobufName = "LightBlock"

    /// Reads fields 1 signed_header, 2 validator_set.
    public init(from reader: inout ProtobufReader) throws(LightClientError) {
        var signedHeader: SignedHeader?
        var validators: ValidatorSet?
        while let field = try reader.next() {
            switch field.number {
            case 1: signedHeader = try field.message(SignedHeader.self)
            case 2: validators = try field.message(ValidatorSet.self)
            default: throw reader.unknown(field)
            }
        }
        guard let signedHeader, let validators else {
            throw .malformedProtobuf(
                message: LightBlock.protobufName, offset: reader.offset,
                reason: "signed_header or validator_set is missing")
        }
        self.init(signedHeader: signedHeader, validators: validators)
    }

    /// Writes the canonical encoding.
    public func write(to writer: inout ProtobufWriter) {
        writer.message(1, signedHeader)
        writer.message(2, validators)
    }
}
