import Ledger
import Quantities
import SignedRecords

/// A tariff as the oracle reads docs/format.md: its own calendar, its own arithmetic.
struct OracleTariff {
    let price: Int64
    let windows: [(days: Int64, from: Int64, to: Int64, price: Int64)]
    let offset: Int64
    let hourlyFee: Int64
    let sessionFee: Int64
    let withoutClock: Int64

    init(_ tariff: Tariff) {
        price = tariff.price.rawValue
        windows = tariff.windows.map {
            (Int64($0.hours.days), $0.hours.from, $0.hours.to, $0.price.rawValue)
        }
        offset = tariff.week.offset
        hourlyFee = tariff.hourlyFee.rawValue
        sessionFee = tariff.sessionFee.rawValue
        withoutClock = tariff.priceWithoutClock.rawValue
    }

    var highest: Int64 { ([price, withoutClock] + windows.map(\.price)).max() ?? price }
    var hasFees: Bool { hourlyFee != 0 || sessionFee != 0 }
    var isPlain: Bool { windows.isEmpty && !hasFees && withoutClock == price }

    /// The price of a moment that somebody vouches for.
    func price(at moment: Int64?) -> Int64 {
        guard let moment else { return withoutClock }
        // Minutes of a week that begins on Monday; 1 January 1970 was a Thursday.
        let minutes = floorDivide(moment, 60_000) + offset + 3 * 1_440
        let inWeek = minutes - floorDivide(minutes, 7 * 1_440) * 7 * 1_440
        let (day, minute) = (inWeek / 1_440, inWeek % 1_440)
        for window in windows where (window.days >> day) & 1 == 1 && minute >= window.from && minute < window.to {
            return window.price
        }
        return price
    }
}

func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
}
