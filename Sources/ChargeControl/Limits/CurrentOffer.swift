public import Quantities

/// What the arbiter allows, and the answer to "why so little?".
public struct CurrentOffer: Sendable, BitwiseCopyable, Equatable {
    /// A current that has a duty code, or zero for none.
    public var current: Milliamps
    /// The limit that decided, before it was rounded down to a current with a code.
    public var limit: Milliamps
    /// Whose limit it was.
    public var source: LimitSource
    /// Why it has its value.
    public var reason: LimitReason

    @_noLocks
    init(current: Milliamps, limit: Milliamps, source: LimitSource, reason: LimitReason) {
        self.current = current
        self.limit = limit
        self.source = source
        self.reason = reason
    }
}

#if !hasFeature(Embedded)
    extension CurrentOffer {
        /// One line that answers "why 9.5 A?".
        public var why: String {
            let rounding =
                if current == limit {
                    ""
                } else if current == .zero {
                    " (\(Self.amperes(limit)) has no duty code)"
                } else {
                    " (rounded down from \(Self.amperes(limit)))"
                }
            return "\(Self.amperes(current)): \(source.words): \(reason.words)\(rounding)"
        }

        private static func amperes(_ current: Milliamps) -> String {
            let milliamps = Int(current.rawValue)
            let fraction = abs(milliamps % 1_000)
            var digits = String(fraction + 1_000).dropFirst()
            while digits.count > 1, digits.last == "0" { digits.removeLast() }
            return "\(milliamps < 0 ? "-" : "")\(abs(milliamps) / 1_000).\(digits) A"
        }
    }
#endif
