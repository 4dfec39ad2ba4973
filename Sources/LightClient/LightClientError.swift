/// Everything that this room refuses, as one closed list: what was expected, what came, and where.
///
/// A verdict `invalid` carries one of these; so does every decoder. Nothing here is ever "probably fine".
public enum LightClientError: Error, Equatable, Sendable {
    // MARK: Text and bytes

    /// A protobuf message is cut short, carries an unknown field, or is not written canonically.
    case malformedProtobuf(message: String, offset: Int, reason: String)
    /// A JSON text breaks the syntax or a bound (size, depth, duplicate key); `offset` counts bytes from 0.
    case malformedJSON(offset: Int, reason: String)
    /// A JSON value is missing or has another shape than the RPC gives it; `path` is dotted, list places in brackets.
    case unexpectedJSON(path: String, reason: String)
    /// A hash, time, number or key text cannot be read.
    case malformedText(kind: String, text: String, reason: String)

    // MARK: Structure of headers, commits, validator sets

    /// A header field is outside its bounds.
    case invalidHeader(field: String, reason: String)
    /// A commit field is outside its bounds.
    case invalidCommit(field: String, reason: String)
    /// Entry `index` of a commit is malformed.
    case invalidCommitSignature(index: Int, reason: String)
    /// The block is of another chain.
    case wrongChain(expected: String, got: String)
    /// The commit is for another height than its header.
    case commitHeightMismatch(header: Int64, commit: Int64)
    /// The commit signs another block than its header.
    case commitForAnotherBlock(header: Hash, commit: Hash?)
    /// A validator set without members.
    case emptyValidatorSet
    /// A validator with negative power.
    case negativePower(validator: Address, power: Int64)
    /// The powers of a set sum to more than (2^63 - 1) / 8.
    case powerOverCap(limit: Int64)
    /// Two members of a set have one address.
    case duplicateValidator(Address)
    /// The stated address is not the one of the key.
    case validatorAddressMismatch(stated: Address, computed: Address)
    /// A validator without a stated address whose key type does not let us compute one.
    case validatorAddressMissing(keyType: String)
    /// A key type that this client does not know at all, so not even its hash can be computed.
    case unsupportedKeyType(String)
    /// A key with the wrong number of bytes.
    case invalidKey(type: String, expected: Int, got: Int)

    // MARK: Verification

    /// An option outside its bounds.
    case invalidOption(name: String, reason: String)
    /// The new height is not above the trusted one.
    case heightNotHigher(trusted: Int64, untrusted: Int64)
    /// The new time is not after the trusted one.
    case timeNotLater(trusted: Timestamp, untrusted: Timestamp)
    /// The new time is at or after now plus the allowed clock drift.
    case timeInFuture(untrusted: Timestamp, now: Timestamp)
    /// The validators given do not hash to the header's validators_hash.
    case validatorsHashMismatch(header: Hash?, computed: Hash)
    /// The validators (adjacent step), or the next validators given, do not hash to the header's next_validators_hash.
    case nextValidatorsHashMismatch(header: Hash?, computed: Hash?)
    /// Not one commit entry per validator.
    case signatureCountMismatch(validators: Int, signatures: Int)
    /// Commit entry `index` names another validator than the set has there.
    case signerMismatch(index: Int, expected: Address, got: Address?)
    /// The signature of commit entry `index` does not verify.
    case wrongSignature(index: Int)
    /// One validator stands twice in a commit.
    case doubleVote(validator: Address, first: Int, second: Int)
    /// Not more than the needed power signed.
    case insufficientPower(got: Int64, needed: Int64)
    /// The needed power is reached only with keys whose signatures this client cannot check.
    case unsupportedKeysNeeded(stage: PowerStage, supported: Int64, unsupported: Int64, needed: Int64)
    /// Commit entry `index` is signed with a key that this client cannot check (strict check of all signatures).
    case unsupportedSignature(index: Int, keyType: String)
    /// An older header is not the one that the newer header names as its predecessor.
    case notThePredecessor(older: Hash?, named: Hash?)
    /// The block at the trusted height has another hash than the one trusted.
    case anchorMismatch(expected: Hash, got: Hash?)
    /// Bisection cannot go on: the step it was told to take is not one that it asked for, or it cannot be divided.
    case bisection(reason: String)
    /// A set of evidence cannot be built from the blocks given.
    case evidence(reason: String)

    // MARK: Proofs

    /// A Merkle inclusion proof does not hold.
    case merkleProof(reason: String)
    /// An ICS-23 proof does not hold or does not follow its specification.
    case stateProof(reason: String)
    /// Operator `index` (0 is the leaf's) of a proof chain is refused.
    case proofOperator(index: Int, reason: String)
}

/// Which of the two power sums of a verification step is meant.
public enum PowerStage: String, Sendable, Hashable {
    /// Overlap with the trusted validators, against the trust level.
    case trusted
    /// The block's own validators, against two thirds.
    case own
}
