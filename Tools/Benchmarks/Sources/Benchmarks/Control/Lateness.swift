/// By how much later than planned the periods of a loop looked at their board.
struct Lateness {
    private let ascending: [Int64]

    /// Of each period, in nanoseconds; at least one.
    init(_ nanoseconds: [Int64]) { ascending = nanoseconds.sorted() }

    /// The least nanoseconds that at least this share of the periods does not exceed.
    func percentile(_ share: Double) -> Double {
        Double(ascending[max(0, Int((Double(ascending.count) * share).rounded(.up)) - 1)])
    }
}
