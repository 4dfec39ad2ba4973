internal import LightClient

/// `{"fault":"fork","kind":"lunatic","from":"12","signers":["validator-0"],"to":"second"}`: members as the kind needs them,
/// 64-bit numbers as strings.
extension NodeFault: Codable {
    private enum CodingKeys: String, CodingKey {
        case fault, absent, skew, kind, from, signers, below, lie, bytes, every, to
        case nilVotes = "nil"
    }

    /// Reads a fault; a member that is missing has its default, where it has one.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func number(_ key: CodingKeys, _ range: ClosedRange<Int64>, or standard: Int64? = nil) throws -> Int64 {
            guard let text = try container.decodeIfPresent(String.self, forKey: key) ?? standard.map(String.init),
                let value = Int64(text), range.contains(value)
            else {
                throw LightClientError.unexpectedJSON(
                    path: key.stringValue, reason: "expected a string with a number of \(range)")
            }
            return value
        }
        func names(_ key: CodingKeys) throws -> [String] {
            try container.decodeIfPresent([String].self, forKey: key) ?? []
        }
        let to = try container.decodeIfPresent(Audience.self, forKey: .to) ?? .all
        let positive = Int64(1)...Int64.max
        switch try container.decode(Kind.self, forKey: .fault) {
        case .stall: self = .stall
        case .votes: self = .votes(absent: try names(.absent), nilVotes: try names(.nilVotes))
        case .appHash: self = .appHash
        // A year either way: no sum with a clock's time leaves its range.
        case .time: self = .time(skewMilliseconds: try number(.skew, -31_536_000_000...31_536_000_000))
        case .transactions: self = .transactions
        case .fork:
            let from = try container.decodeIfPresent(String.self, forKey: .from).map { _ in
                try number(.from, 2...Int64.max)
            }
            self = .fork(
                try container.decode(Fork.self, forKey: .kind), from: from, signers: try names(.signers), to: to)
        case .pruned: self = .pruned(below: try number(.below, positive), to: to)
        case .proofs: self = .proofs(try container.decode(ProofLie.self, forKey: .lie), to: to)
        case .drip:
            self = .drip(
                bytes: try number(.bytes, positive, or: 1),
                // A node that stops waits for the piece under way.
                everyMilliseconds: try number(.every, 1...10_000, or: 100), to: to)
        case .silence: self = .silence(to: to)
        case .oversize: self = .oversize(bytes: try number(.bytes, 1...Int64.max / 2), to: to)
        }
    }

    /// Writes every member that the kind has.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(kind, forKey: .fault)
        try container.encodeIfPresent(audience, forKey: .to)
        switch self {
        case .stall, .appHash, .transactions, .silence: break
        case .votes(let absent, let nilVotes):
            try container.encode(absent, forKey: .absent)
            try container.encode(nilVotes, forKey: .nilVotes)
        case .time(let skew): try container.encode(String(skew), forKey: .skew)
        case .fork(let kind, let from, let signers, _):
            try container.encode(kind, forKey: .kind)
            try container.encodeIfPresent(from.map(String.init), forKey: .from)
            try container.encode(signers, forKey: .signers)
        case .pruned(let below, _): try container.encode(String(below), forKey: .below)
        case .proofs(let lie, _): try container.encode(lie, forKey: .lie)
        case .drip(let bytes, let every, _):
            try container.encode(String(bytes), forKey: .bytes)
            try container.encode(String(every), forKey: .every)
        case .oversize(let bytes, _): try container.encode(String(bytes), forKey: .bytes)
        }
    }
}
