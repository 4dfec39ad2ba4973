// Invariant: `validators` hash to the header's validators_hash (basis `ofHeight`) or next_validators_hash (basis
// `next`). Both are sound for the overlap; the device and `light sync` keep the set of the trusted height.

/// What a light client already believes.
public struct TrustedState: Hashable, Sendable {
    /// Which set's overlap counts.
    public enum Basis: Sendable, Hashable {
        /// The validators of the trusted height.
        case ofHeight
        /// The validators of the height after it.
        case next
    }

    /// The trusted header.
    public let header: Header
    /// Its commit, as it was verified.
    public let commit: Commit
    /// The set whose overlap counts.
    public let validators: ValidatorSet
    /// Which set that is.
    public let basis: Basis

    /// A trusted state whose validators are those of `basis`; refuses a set that the header does not name.
    public init(
        header: Header, commit: Commit, validators: ValidatorSet, basis: Basis = .ofHeight
    ) throws(LightClientError) {
        let computed = validators.hash()
        switch basis {
        case .ofHeight:
            guard header.validatorsHash == computed else {
                throw .validatorsHashMismatch(header: header.validatorsHash, computed: computed)
            }
        case .next:
            guard header.nextValidatorsHash == computed else {
                throw .nextValidatorsHashMismatch(header: header.nextValidatorsHash, computed: computed)
            }
        }
        self.header = header
        self.commit = commit
        self.validators = validators
        self.basis = basis
    }

    /// The state after `block` was verified.
    public init(_ block: LightBlock) throws(LightClientError) {
        try self.init(
            header: block.signedHeader.header, commit: block.signedHeader.commit, validators: block.validators)
    }

    /// The trusted height.
    public var height: Int64 { header.height }

    /// Expired when the header's age has reached the period; exactly the period is expired.
    public func isExpired(at now: Timestamp, period: Duration) -> Bool {
        now.since(header.time) >= period
    }
}
