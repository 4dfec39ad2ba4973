// Invariant: members stand by power descending, then address ascending; no address twice; every power at least 0; the
// sum within the cap, so power * 2 never overflows.

/// The validators of one height.
public struct ValidatorSet: Hashable, Sendable {
    /// Members in the chain's order.
    public let validators: [Validator]
    /// Sum of the powers.
    public let totalPower: Int64

    /// The largest sum of powers: (2^63 - 1) / 8.
    public static let maxTotalPower = Int64.max / 8

    /// A set from members in any order.
    public init(_ members: [Validator]) throws(LightClientError) {
        guard !members.isEmpty else { throw .emptyValidatorSet }
        var seen: Set<Address> = []
        var total: Int64 = 0
        for validator in members {
            guard seen.insert(validator.address).inserted else { throw .duplicateValidator(validator.address) }
            let (sum, overflow) = total.addingReportingOverflow(validator.power)
            guard !overflow, sum <= ValidatorSet.maxTotalPower else {
                throw .powerOverCap(limit: ValidatorSet.maxTotalPower)
            }
            total = sum
        }
        validators = members.sorted { left, right in
            left.power != right.power ? left.power > right.power : left.address < right.address
        }
        totalPower = total
    }

    /// The same members with proposer priorities of 0: nothing unauthenticated is left, for what must hold no unread
    /// byte.
    public var withoutPriorities: ValidatorSet {
        ValidatorSet(validators: validators.map(\.withoutPriority), totalPower: totalPower)
    }

    private init(validators: [Validator], totalPower: Int64) {
        self.validators = validators
        self.totalPower = totalPower
    }

    /// The validators_hash.
    public func hash() -> Hash {
        MerkleTree.root(of: validators.map(\.hashedItem))
    }

    /// The place of a member.
    public func index(of address: Address) -> Int? {
        validators.firstIndex { $0.address == address }
    }

    /// The member with this address.
    public func validator(_ address: Address) -> Validator? {
        validators.first { $0.address == address }
    }

    /// The places of all members, for many look-ups.
    var places: [Address: Int] {
        var places: [Address: Int] = [:]
        places.reserveCapacity(validators.count)
        for (index, validator) in validators.enumerated() { places[validator.address] = index }
        return places
    }

    /// The power that must be exceeded for more than `numerator / denominator` of the set: the product, rounded down.
    func powerToExceed(numerator: Int64, denominator: Int64) -> Int64 {
        // 128-bit product; numerator <= denominator and both positive, so the quotient is at most totalPower.
        let product = totalPower.multipliedFullWidth(by: numerator)
        return denominator.dividingFullWidth(product).quotient
    }
}

extension ValidatorSet: ProtobufMessage {
    /// tendermint.types.ValidatorSet, members only (the proposer is unauthenticated and left out).
    public static let protobufName = "ValidatorSet"

    /// Reads field 1 validators; they must stand in the chain's order.
    public init(from reader: inout ProtobufReader) throws(LightClientError) {
        var members: [Validator] = []
        while let field = try reader.next() {
            guard field.number == 1 else { throw reader.unknown(field) }
            guard members.count < Commit.maxSignatures else { throw field.fault("is one validator too many") }
            members.append(try field.message(Validator.self))
        }
        try self.init(members)
    }

    /// Writes the canonical encoding.
    public func write(to writer: inout ProtobufWriter) {
        for validator in validators { writer.message(1, validator) }
    }
}
