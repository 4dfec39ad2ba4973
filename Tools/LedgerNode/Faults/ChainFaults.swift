internal import LightClient

/// The faults that stand in blocks, as the chain applies them: validators by address.
struct ChainFaults: Sendable, Equatable {
    var isStalled = false
    var absent: Set<Address> = []
    var nilVotes: Set<Address> = []
    var falsifiesAppHash = false
    var skewNanoseconds: Int64 = 0
    var withholdsTransactions = false

    /// What a header says in place of an app hash.
    static func falsified(_ appHash: [UInt8]) -> [UInt8] { appHash.map { ~$0 } }

    /// What a validator does in a round.
    func vote(of validator: Address) -> BlockIDFlag {
        if absent.contains(validator) { return .absent }
        return nilVotes.contains(validator) ? .nil : .commit
    }

    /// Whether more than two thirds of a set still vote for a block.
    func leavesQuorum(in set: ValidatorSet) -> Bool {
        let power = set.validators.reduce(Int64(0)) { $0 + (vote(of: $1.address) == .commit ? $1.power : 0) }
        // The sum is capped at 2^60: three times it fits.
        return power * 3 > set.totalPower * 2
    }
}
