extension LightClientError: CustomStringConvertible {
    /// One line: what was expected, what came, where.
    public var description: String {
        structureDescription ?? verificationDescription ?? proofDescription
    }

    private var structureDescription: String? {
        switch self {
        case .malformedProtobuf(let message, let offset, let reason):
            return "protobuf \(message), byte \(offset): \(reason)"
        case .malformedJSON(let offset, let reason):
            return "JSON, byte \(offset): \(reason)"
        case .unexpectedJSON(let path, let reason):
            return "JSON field \(path.isEmpty ? "(top)" : path): \(reason)"
        case .malformedText(let kind, let text, let reason):
            return "\(kind) \"\(text.prefix(80))\": \(reason)"
        case .invalidHeader(let field, let reason):
            return "header field \(field): \(reason)"
        case .invalidCommit(let field, let reason):
            return "commit field \(field): \(reason)"
        case .invalidCommitSignature(let index, let reason):
            return "commit entry \(index): \(reason)"
        case .wrongChain(let expected, let got):
            return "chain id: expected \"\(expected)\", got \"\(got)\""
        case .commitHeightMismatch(let header, let commit):
            return "commit is for height \(commit), header has height \(header)"
        case .commitForAnotherBlock(let header, let commit):
            return "commit signs block \(commit?.hex ?? "(none)"), header hashes to \(header.hex)"
        case .emptyValidatorSet:
            return "validator set is empty"
        case .negativePower(let validator, let power):
            return "validator \(validator.hex) has negative power \(power)"
        case .powerOverCap(let limit):
            return "total voting power exceeds \(limit)"
        case .duplicateValidator(let address):
            return "validator \(address.hex) stands twice in the set"
        case .validatorAddressMismatch(let stated, let computed):
            return "validator address \(stated.hex) is not that of its key, \(computed.hex)"
        case .validatorAddressMissing(let keyType):
            return "validator with a \(keyType) key states no address"
        case .unsupportedKeyType(let name):
            return "unsupported public key type \"\(name.prefix(80))\""
        case .invalidKey(let type, let expected, let got):
            return "\(type) public key: expected \(expected) bytes, got \(got)"
        default:
            return nil
        }
    }

    private var verificationDescription: String? {
        switch self {
        case .invalidOption(let name, let reason):
            return "option \(name): \(reason)"
        case .heightNotHigher(let trusted, let untrusted):
            return "height \(untrusted) is not above the trusted height \(trusted)"
        case .timeNotLater(let trusted, let untrusted):
            return "header time \(untrusted) is not after the trusted header's time \(trusted)"
        case .timeInFuture(let untrusted, let now):
            return "header time \(untrusted) is in the future (now \(now), drift included)"
        case .validatorsHashMismatch(let header, let computed):
            return "validators hash to \(computed.hex), header says \(header?.hex ?? "(none)")"
        case .nextValidatorsHashMismatch(let header, let computed):
            return "next validators hash to \(computed?.hex ?? "(none)"), header says \(header?.hex ?? "(none)")"
        case .signatureCountMismatch(let validators, let signatures):
            return "\(validators) validators, but \(signatures) commit entries"
        case .signerMismatch(let index, let expected, let got):
            return "commit entry \(index): expected validator \(expected.hex), got \(got?.hex ?? "(none)")"
        case .wrongSignature(let index):
            return "wrong signature in commit entry \(index)"
        case .doubleVote(let validator, let first, let second):
            return "double vote of \(validator.hex) in commit entries \(first) and \(second)"
        case .insufficientPower(let got, let needed):
            return "insufficient voting power: got \(got), needed more than \(needed)"
        case .unsupportedKeysNeeded(let stage, let supported, let unsupported, let needed):
            return "unsupported key types: \(stage.rawValue) validators with supported keys signed \(supported), "
                + "unsupported ones \(unsupported), needed more than \(needed)"
        case .unsupportedSignature(let index, let keyType):
            return "commit entry \(index): signatures of key type \(keyType) are unsupported"
        case .notThePredecessor(let older, let named):
            return "older header hashes to \(older?.hex ?? "(none)"), "
                + "newer header names \(named?.hex ?? "(none)") as its predecessor"
        case .anchorMismatch(let expected, let got):
            return "block hash \(got?.hex ?? "(none)") is not the trusted \(expected.hex)"
        case .bisection(let reason):
            return "bisection: \(reason)"
        case .evidence(let reason):
            return "evidence: \(reason)"
        default:
            return nil
        }
    }

    private var proofDescription: String {
        switch self {
        case .merkleProof(let reason):
            return "Merkle proof: \(reason)"
        case .stateProof(let reason):
            return "state proof: \(reason)"
        case .proofOperator(let index, let reason):
            return "proof operator \(index): \(reason)"
        default:
            return "refused"
        }
    }
}
