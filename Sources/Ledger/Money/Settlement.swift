public import Quantities

// This file owns the arithmetic of payment. Everything is cumulative over a session, so that rounding never adds up:
// paid so far = min(what the grant held at begin, what the consumption costs), commission so far =
// floor(paid so far × basis points / 10^4), the owner has the remainder. A record pays the difference to the record before.

/// What a session has paid so far.
public struct Settlement: Hashable, Sendable {
    /// From the grant.
    public let paid: Microunits
    /// To the platform.
    public let commission: Microunits

    /// To the owner.
    public var owner: Microunits { paid - commission }

    /// What a session's `consumption` has paid in all, when the grant held `available` at begin.
    ///
    /// Throws `LedgerError.refused` for a negative number, or a commission outside 0 to 10 000 basis points.
    public init(
        _ consumption: Consumption, under tariff: Tariff, available: Microunits, commission: BasisPoints
    ) throws(LedgerError) {
        guard available >= .zero, consumption.milliseconds >= 0, consumption.energies.allSatisfy({ $0 >= .zero }) else {
            throw .refused(
                what: "settlement", expected: "no negative number",
                found: "energies \(consumption.energies.map(\.rawValue)) over \(consumption.milliseconds) ms, "
                    + "available \(available.rawValue)")
        }
        // A cost that does not fit 64 bits is above any amount that does: what lies beyond the grant stays unpaid.
        let paid = min(available, consumption.cost(under: tariff) ?? available)
        guard let share = commission.shareIfValid(of: paid) else {
            throw .refused(what: "commission", expected: "0 to 10000 basis points", found: "\(commission.rawValue)")
        }
        self.paid = paid
        self.commission = share
    }
}
