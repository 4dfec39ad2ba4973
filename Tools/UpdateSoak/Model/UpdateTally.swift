/// What a run of histories went through.
public struct UpdateTally: Sendable, Equatable {
    public var histories = 0
    public var operations = 0
    public var kills = 0
    public var cuts = 0
    public var starts = 0
    public var received = 0
    public var staged = 0
    public var confirmed = 0
    public var rotations = 0
    /// Slots in which a bit flipped.
    public var rotten = 0
    /// What the updater refused, faults of the disk among it.
    public var refusals = 0

    public init() {}

    public mutating func add(_ other: UpdateTally) {
        histories += other.histories
        operations += other.operations
        kills += other.kills
        cuts += other.cuts
        starts += other.starts
        received += other.received
        staged += other.staged
        confirmed += other.confirmed
        rotations += other.rotations
        rotten += other.rotten
        refusals += other.refusals
    }

    /// For people.
    public var text: String {
        """
        \(histories) histories, \(operations) disk operations, \(kills) kills, \(cuts) power cuts, \(starts) starts, \
        \(received) bundles received, \(staged) staged, \(confirmed) confirmed, \(rotations) roots, \(rotten) slots rotten, \
        \(refusals) refusals: always a slot that verified where one was whole, never a lower counter, never a floor that \
        nobody confirmed
        """
    }
}
