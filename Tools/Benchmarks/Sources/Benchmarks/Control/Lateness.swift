/// By how much the periods of a loop began later than planned, worked out from when they began.
///
/// A period that is missed is not made up: the plan begins anew, one period behind the one that came too late. Between two such
/// beginnings there is one plan, and the most punctual period says where it lies: a first period that was slow must not make
/// the others look early.
enum Lateness {
    /// Shorter stretches may have no punctual period.
    private static let telling = 20

    /// The lateness of each period in nanoseconds, never below zero.
    static func of(_ begun: [Int64], period: Int64) -> [Int64] {
        var late: [Int64] = []
        var first = 0
        // The latest that the plan can have been.
        var bound = begun.first ?? 0
        while first < begun.count {
            let end = endOfStretch(begun, from: first, planned: bound, period)
            let places = (first..<end).map { begun[$0] - Int64($0 - first) * period }
            let earliest = places.min() ?? bound
            let plan = places.count >= telling ? earliest : min(bound, earliest)
            late += places.map { $0 - plan }
            bound = begun[end - 1] + period
            first = end
        }
        return late
    }

    /// The first place that has another plan than `first`.
    private static func endOfStretch(
        _ begun: [Int64], from first: Int, planned bound: Int64, _ period: Int64
    ) -> Int {
        var plan = bound
        for place in first..<begun.count {
            let planned = plan + Int64(place - first) * period
            if begun[place] > planned + period { return place + 1 }
            plan = min(plan, begun[place] - Int64(place - first) * period)
        }
        return begun.count
    }

    /// The least of the values that at least this share of them does not exceed.
    static func percentile(_ values: [Int64], _ share: Double) -> Double {
        let sorted = values.sorted()
        return Double(sorted[max(0, Int((Double(sorted.count) * share).rounded(.up)) - 1)])
    }
}
