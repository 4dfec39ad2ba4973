internal import LightClient

// CometBFT's types/validator_set.go (v0.38): priorities rise by each validator's power, the highest one proposes and pays
// the set's total. Whoever joins starts at -9/8 of the total, so that leaving and joining again gains nothing.

/// The validators of one height with their proposer priorities, and whose turn it is to propose.
struct ValidatorRotation: Sendable, Equatable {
    /// The members, with their priorities.
    let set: ValidatorSet
    /// Who proposes in round 0.
    let proposer: Address

    /// Priorities stay within so many times the total power.
    private static let windowFactor: Int128 = 2

    /// A set as it was stored.
    init(set: ValidatorSet, proposer: Address) {
        self.set = set
        self.proposer = proposer
    }

    /// The first set of a chain.
    init(genesis set: ValidatorSet) throws(LightClientError) {
        self = try Self.turned(set.validators.map { Turn($0, priority: 0) })
    }

    /// The set of the next height after a block's changes. Refuses what CometBFT stops at: a validator removed that is none,
    /// a set without members, a key twice, a total power above the cap.
    func next(_ changes: [ABCI.ValidatorUpdate] = []) throws(LightClientError) -> ValidatorRotation {
        try Self.turned(changes.isEmpty ? turns : try changed(by: changes))
    }

    /// Whose turn it is in a later round of the same height.
    func proposer(inRound round: Int32) throws(LightClientError) -> Address {
        var rotation = self
        for _ in 0..<round { rotation = try rotation.next() }
        return rotation.proposer
    }

    // MARK: Priorities

    private struct Turn {
        var key: PublicKey
        var address: Address
        var power: Int64
        var priority: Int128

        init(_ validator: Validator, priority: Int128) {
            key = validator.publicKey
            address = validator.address
            power = validator.power
            self.priority = priority
        }
    }

    private var turns: [Turn] { self.set.validators.map { Turn($0, priority: Int128($0.proposerPriority)) } }

    /// One step of the rotation.
    private static func turned(_ turns: [Turn]) throws(LightClientError) -> ValidatorRotation {
        var turns = centred(turns)
        let total = turns.reduce(Int128(0)) { $0 + Int128($1.power) }
        for index in turns.indices { turns[index].priority += Int128(turns[index].power) }
        let places = turns.indices
        guard
            let highest = places.max(by: { left, right in
                turns[left].priority != turns[right].priority
                    ? turns[left].priority < turns[right].priority : turns[left].address > turns[right].address
            })
        else { throw .emptyValidatorSet }
        turns[highest].priority -= total
        return ValidatorRotation(set: try set(of: turns), proposer: turns[highest].address)
    }

    /// Priorities pulled into their window, and shifted until their mean is 0.
    private static func centred(_ turns: [Turn]) -> [Turn] {
        var turns = turns
        let priorities = turns.map(\.priority)
        guard let lowest = priorities.min(), let highest = priorities.max() else { return turns }
        let window = windowFactor * turns.reduce(Int128(0)) { $0 + Int128($1.power) }
        let spread = highest - lowest
        if window > 0, spread > window {
            let ratio = (spread + window - 1) / window
            for index in turns.indices { turns[index].priority /= ratio }
        }
        let sum = turns.reduce(Int128(0)) { $0 + $1.priority }
        let count = Int128(turns.count)
        // Rounded down, also below 0.
        let mean = sum >= 0 ? sum / count : -((-sum + count - 1) / count)
        for index in turns.indices { turns[index].priority -= mean }
        return turns
    }

    private static func set(of turns: [Turn]) throws(LightClientError) -> ValidatorSet {
        var members: [Validator] = []
        for turn in turns {
            members.append(
                try Validator(
                    publicKey: turn.key, power: turn.power, proposerPriority: Int64(clamping: turn.priority)))
        }
        return try ValidatorSet(members)
    }

    // MARK: Changes

    private func changed(by changes: [ABCI.ValidatorUpdate]) throws(LightClientError) -> [Turn] {
        var turns = turns
        var seen: Set<Address> = []
        var removed: Set<Address> = []
        var added: [Turn] = []
        for change in changes {
            guard let key = change.publicKey else { throw .unsupportedKeyType("(none)") }
            let validator = try Validator(publicKey: key, power: change.power)
            guard seen.insert(validator.address).inserted else { throw .duplicateValidator(validator.address) }
            let place = turns.firstIndex { $0.address == validator.address }
            if change.power == 0 {
                guard place != nil else {
                    throw .invalidOption(
                        name: "validator changes", reason: "failed to find validator \(validator.address) to remove")
                }
                removed.insert(validator.address)
            } else if let place {
                turns[place].power = change.power
            } else {
                added.append(Turn(validator, priority: 0))
            }
        }
        // The total with the new powers, and with those that go still in it.
        let total = (turns + added).reduce(Int128(0)) { $0 + Int128($1.power) }
        let entry = -(total + total >> 3)
        for index in added.indices { added[index].priority = entry }
        let members = (turns + added).filter { !removed.contains($0.address) }
        guard !members.isEmpty else { throw .emptyValidatorSet }
        return Self.centred(members)
    }
}
