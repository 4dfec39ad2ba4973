/// The result of /commit.
public struct CommitResult: Codable, Hashable, Sendable {
    /// Nil when the node knows no block of this height yet (it then answers with null header or commit).
    public var signedHeader: SignedHeader?
    /// False exactly when the height is the node's latest: its own view, which may differ in signatures from the
    /// commit that the next header hashes.
    public var canonical: Bool

    private enum CodingKeys: String, CodingKey {
        case canonical
        case signedHeader = "signed_header"
    }
    private struct Parts: Codable {
        var header: Header?
        var commit: Commit?
    }

    /// A result from its fields.
    public init(signedHeader: SignedHeader?, canonical: Bool) {
        self.signedHeader = signedHeader
        self.canonical = canonical
    }

    /// Reads the result; a null header or commit makes ``signedHeader`` nil.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        canonical = try container.decode(Bool.self, forKey: .canonical)
        let parts = try container.decodeIfPresent(Parts.self, forKey: .signedHeader)
        if let header = parts?.header, let commit = parts?.commit {
            signedHeader = SignedHeader(header: header, commit: commit)
        } else {
            signedHeader = nil
        }
    }

    /// Writes the result; null header and commit where there is none.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        if let signedHeader {
            try container.encode(signedHeader, forKey: .signedHeader)
        } else {
            var parts = container.nestedContainer(keyedBy: PartKeys.self, forKey: .signedHeader)
            try parts.encodeNil(forKey: .header)
            try parts.encodeNil(forKey: .commit)
        }
        try container.encode(canonical, forKey: .canonical)
    }

    private enum PartKeys: String, CodingKey {
        case header, commit
    }
}

/// The result of /validators: one page.
public struct ValidatorsResult: Codable, Hashable, Sendable {
    /// The height that the set belongs to.
    public var blockHeight: Int64
    /// This page's validators.
    public var validators: [Validator]
    /// Number on this page.
    public var count: Int64
    /// Number in the set.
    public var total: Int64

    private enum CodingKeys: String, CodingKey {
        case validators, count, total
        case blockHeight = "block_height"
    }

    /// A page from its fields.
    public init(blockHeight: Int64, validators: [Validator], total: Int64) {
        self.blockHeight = blockHeight
        self.validators = validators
        self.count = Int64(validators.count)
        self.total = total
    }

    /// Reads the result.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        blockHeight = try container.integer(.blockHeight)
        validators = try container.list(.validators, of: Validator.self)
        count = try container.integer(.count)
        total = try container.integer(.total)
    }

    /// Writes the result.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.integer(blockHeight, .blockHeight)
        try container.encode(validators, forKey: .validators)
        try container.integer(count, .count)
        try container.integer(total, .total)
    }
}

/// The result of /header and /header_by_hash.
public struct HeaderResult: Codable, Hashable, Sendable {
    /// Nil when the hash is unknown.
    public var header: Header?

    /// A result from its field.
    public init(header: Header?) {
        self.header = header
    }

    private enum CodingKeys: String, CodingKey {
        case header
    }

    /// Writes the result, null where there is no header.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(header, forKey: .header)
    }
}
