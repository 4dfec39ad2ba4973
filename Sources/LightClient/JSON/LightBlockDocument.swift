/// A light block as a file: `{"signed_header":{"header":…,"commit":…},"validators":[…],"next_validators":[…]}`.
///
/// `validator_set.validators` (and `next_validator_set.validators`) stand in for the lists. Validators may come in any
/// order. Nothing about them is believed before ``trustedState()`` or ``lightBlock()``.
public struct LightBlockDocument: Decodable, Sendable {
    /// Header and commit.
    public let signedHeader: SignedHeader
    private let validators: [ValidatorDocument]?
    private let nextValidators: [ValidatorDocument]?

    private enum CodingKeys: String, CodingKey {
        case validators
        case signedHeader = "signed_header"
        case nextValidators = "next_validators"
        case validatorSet = "validator_set"
        case nextValidatorSet = "next_validator_set"
    }

    private struct SetDocument: Decodable {
        let validators: [ValidatorDocument]?
    }

    /// Reads the shape alone.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        signedHeader = try container.decode(SignedHeader.self, forKey: .signedHeader)
        validators = try Self.list(container, .validators, orSet: .validatorSet)
        nextValidators = try Self.list(container, .nextValidators, orSet: .nextValidatorSet)
    }

    private static func list(
        _ container: KeyedDecodingContainer<CodingKeys>, _ key: CodingKeys, orSet setKey: CodingKeys
    ) throws -> [ValidatorDocument]? {
        let list = try container.decodeIfPresent([ValidatorDocument].self, forKey: key)
        let set = try container.decodeIfPresent(SetDocument.self, forKey: setKey)
        guard list == nil || set == nil else {
            throw container.refused(setKey, "stands beside \(key.stringValue): one of the two is too many")
        }
        return list ?? set?.validators
    }

    /// The block as something to start from. `next_validators`, when given, must be the set that the header names for
    /// the next height, and is the set whose overlap counts; `validators` may then be missing.
    public func trustedState() throws(LightClientError) -> TrustedState {
        if let nextValidators {
            return try TrustedState(
                header: signedHeader.header, commit: signedHeader.commit,
                validators: try ValidatorDocument.set(nextValidators), basis: .next)
        }
        guard let validators else { throw .unexpectedJSON(path: "validators", reason: "is missing") }
        return try TrustedState(
            header: signedHeader.header, commit: signedHeader.commit,
            validators: try ValidatorDocument.set(validators))
    }

    /// The block as something to verify.
    public func lightBlock() throws(LightClientError) -> LightBlock {
        guard let validators else { throw .unexpectedJSON(path: "validators", reason: "is missing") }
        let set = try ValidatorDocument.set(validators)
        guard let nextValidators else { return LightBlock(signedHeader: signedHeader, validators: set) }
        return LightBlock(
            signedHeader: signedHeader, validators: set, nextValidators: try ValidatorDocument.set(nextValidators))
    }
}

extension LightBlock: Codable {
    private enum CodingKeys: String, CodingKey {
        case validators
        case signedHeader = "signed_header"
        case nextValidators = "next_validators"
    }

    /// The file form, as ``LightBlockDocument`` reads it.
    public init(from decoder: any Decoder) throws {
        self = try LightBlockDocument(from: decoder).lightBlock()
    }

    /// The file form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(signedHeader, forKey: .signedHeader)
        try container.encode(validators.validators, forKey: .validators)
        try container.encodeIfPresent(nextValidators?.validators, forKey: .nextValidators)
    }
}

extension Verifier {
    /// One verification step between two files. Faults of the trusted file come first, then expiry, then faults of
    /// the untrusted file, then the steps of ``verify(trusted:untrusted:now:options:)-(TrustedState,_,_,_)``.
    public static func verify(
        trusted: LightBlockDocument, untrusted: LightBlockDocument, now: Timestamp, options: TrustOptions
    ) -> Verdict {
        do throws(LightClientError) {
            let state = try trusted.trustedState()
            if state.isExpired(at: now, period: options.period) { return .expired }
            return verify(trusted: state, untrusted: try untrusted.lightBlock(), now: now, options: options)
        } catch {
            return .invalid(error)
        }
    }
}
