import Ledger
import Quantities
import SignedRecords

/// What a session costs so far, as the ledger will count it, and so how much more it may have.
///
/// Invariant: energy is priced at the times that the session's own records name, as in `Transition.moment`; where the ledger
/// will not vouch for one, it takes the price without a clock, which the charger cannot foresee.
struct SaleBill: Equatable, Sendable {
    /// More than any car takes: what is free is not without end, so that a record can state it.
    static let unlimitedEnergy = MilliwattHours(1_000_000_000_000)

    /// What it is sold by.
    let tariff: Tariff
    /// What there was at begin to pay with.
    let available: Microunits
    /// The energy that the grant might pay for at begin; nil for no limit.
    let energyLimit: MilliwattHours?
    private(set) var consumption: Consumption

    /// The bill of a session that begins.
    init(
        _ price: (tariff: Tariff, available: Microunits, energy: MilliwattHours?), from time: RecordTime
    ) {
        tariff = price.tariff
        available = price.available
        energyLimit = price.energy
        consumption = Consumption(under: price.tariff, from: Self.moment(time))
    }

    /// A wall time that may price.
    static func moment(_ time: RecordTime) -> UTCMilliseconds? { time.quality == .synchronised ? time.utc : nil }

    /// Takes in a record of the session.
    mutating func take(_ record: Record) {
        switch record.body {
        case .tick(let tick): consumption.advance(to: tick.energy, at: Self.moment(record.time), under: tariff)
        case .end(let end): consumption.advance(to: end.energy, at: Self.moment(record.time), under: tariff)
        default: break
        }
    }

    /// All the energy that the session may have, when it has had `energy` by now and the next costs what it costs now.
    func limit(at energy: MilliwattHours, time: RecordTime) -> MilliwattHours {
        let moment = Self.moment(time)
        var now = consumption
        let had = max(energy, now.energy ?? energy)
        now.advance(to: had, at: moment, under: tariff)
        // Before the first energy nothing is due, but with it the fees are.
        let cost = had > .zero ? now.cost(under: tariff) : tariff.sessionFee
        guard let cost, cost < available else { return min(had, energyLimit ?? had) }
        let price = tariff.prices[tariff.place(at: moment)]
        let more = price > .zero ? price.energyIfFits(for: available - cost) : Self.unlimitedEnergy
        let limit = had.addingIfFits(more ?? Self.unlimitedEnergy) ?? Self.unlimitedEnergy
        return min(min(limit, Self.unlimitedEnergy), energyLimit ?? limit)
    }
}
