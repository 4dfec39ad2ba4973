import Quantities

/// What the chargers took in the last 6.3 s, as ranges over spans of 0.1 s: a meter tells of a moment that is over.
struct DrawMemory: BitwiseCopyable, Sendable {
    private static let width = Nanoseconds.milliseconds(100)
    private static let count: Int64 = 64

    private struct Span: BitwiseCopyable {
        /// The moment of its beginning in widths.
        var number: Int64
        var draw = DrawRange()
    }

    private var spans = InlineArray<64, Span>(repeating: Span(number: -1))
    private var newest: Int64 = -1

    /// Takes in what is taken now; moments do not go back.
    mutating func note(_ draw: DrawRange, at now: MonotonicInstant) {
        let number = Self.number(now)
        let place = Int(number % Self.count)
        if spans[place].number == number {
            spans[place].draw.include(draw)
        } else {
            spans[place] = Span(number: number, draw: draw)
        }
        newest = number
    }

    /// What was taken from this moment on. Where it is forgotten, nothing of it is certain.
    func range(since begin: MonotonicInstant) -> DrawRange {
        guard newest >= 0 else { return DrawRange() }
        let first = Self.number(begin)
        var range = spans[Int(newest % Self.count)].draw
        for place in 0..<Int(Self.count) where spans[place].number >= first { range.include(spans[place].draw) }
        if first <= newest - Self.count { range.least = InlineArray(repeating: .zero) }
        return range
    }

    /// The least and the most of all that is remembered.
    var whole: DrawRange {
        range(since: MonotonicInstant(nanoseconds: max(newest - Self.count + 1, 0) * Self.width.rawValue))
    }

    private static func number(_ moment: MonotonicInstant) -> Int64 { max(moment.nanoseconds, 0) / width.rawValue }
}
