public import Quantities
public import SignedRecords

// Which record's time may price is the ledger's to say (`Transition.moment`); what follows from it is the same for ledger,
// charger and receipt, and stands here.

/// What a session has had so far, as its tariff counts it: energy by price, and time.
///
/// Energy that a record adds is priced at that record's moment, with the prices of the tariff's `prices`. Time counts from one
/// record to the next where both have a moment.
public struct Consumption: Hashable, Sendable {
    /// Energy at each of the tariff's `prices`.
    public private(set) var energies: [MilliwattHours]
    /// Milliseconds that the hourly fee counts.
    public private(set) var milliseconds: Int64
    /// When the newest record was made, where anyone vouches for it.
    public private(set) var newest: UTCMilliseconds?

    /// A session at its begin record.
    public init(under tariff: Tariff, from moment: UTCMilliseconds?) {
        energies = tariff.prices.map { _ in .zero }
        milliseconds = 0
        newest = tariff.isPlain ? nil : moment
    }

    /// One from its parts, as a state value holds them.
    public init(energies: [MilliwattHours], milliseconds: Int64, newest: UTCMilliseconds? = nil) {
        self.energies = energies
        self.milliseconds = milliseconds
        self.newest = newest
    }

    /// All energy that was counted; nil where the parts do not fit together.
    public var energy: MilliwattHours? {
        energies.reduce(Optional(.zero)) { sum, next in sum.flatMap { $0.addingIfFits(next) } }
    }

    /// Counts on to `energy` since begin, which a tick or the end record states.
    ///
    /// - Precondition: `tariff` is the one that it began under; `energy` is not below what was counted.
    public mutating func advance(to energy: MilliwattHours, at moment: UTCMilliseconds?, under tariff: Tariff) {
        guard let counted = self.energy, energy >= counted else {
            invariantBroken("a session's energy never falls")
        }
        let place = tariff.place(at: moment)
        invariant(energies.count == tariff.prices.count, "a session keeps its tariff")
        energies[place] += energy - counted
        guard !tariff.isPlain else { return }
        guard let before = newest, let moment else { return newest = moment }
        // A clock that goes back and forth counts no time twice.
        if moment > before { milliseconds += moment.rawValue - before.rawValue }
        newest = max(before, moment)
    }

    /// What it costs: floor(Σ energy × price / 10^6) + floor(milliseconds × hourly fee / 3 600 000) + the session fee; nothing
    /// before the first energy. Nil where it does not fit 64 bits.
    public func cost(under tariff: Tariff) -> Microunits? {
        guard let energy else { return nil }
        guard energy > .zero else { return .zero }
        var sum: Int128 = 0
        for (energy, price) in zip(energies, tariff.prices) { sum += Int128(energy.rawValue) * Int128(price.rawValue) }
        let time = Int128(milliseconds) * Int128(tariff.hourlyFee.rawValue) / 3_600_000
        return Int64(exactly: sum / 1_000_000 + time + Int128(tariff.sessionFee.rawValue)).map(Microunits.init)
    }

    /// Two places of a state value: the energies and the milliseconds.
    var items: [CBOR] { [.array(energies.map { .integer($0.rawValue) }), .integer(milliseconds)] }

    /// Reads those two; `newest` is not among them.
    init(reading values: inout StateValueReader, noun: String) throws(LedgerError) {
        let numbers = try values.numbers("energies", count: 1...(WeeklyWindow.maximumCount + 2))
        energies = []
        for number in numbers {
            guard let energy = Int64(exactly: number) else {
                throw .malformed(what: noun, reason: "an energy of \(number) mWh")
            }
            energies.append(MilliwattHours(energy))
        }
        milliseconds = try values.number("milliseconds", as: Int64.self)
    }
}
