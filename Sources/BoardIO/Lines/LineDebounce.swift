import Quantities

/// A level that counts once it has stood for a time, for a kernel interface that cannot do that itself.
///
/// It knows the line only where it is looked at: what changes and changes back between two looks is not seen.
struct LineDebounce: BitwiseCopyable {
    /// How long a level must stand.
    let period: Nanoseconds
    private var counts: Bool?
    private var candidate = false
    private var since = MonotonicInstant(nanoseconds: 0)

    init(period: Nanoseconds) { self.period = period }

    /// The level that counts, when the line is found at `level` now. The first look counts at once: before it nothing is known.
    mutating func level(found level: Bool, at now: MonotonicInstant) -> Bool {
        guard let standing = counts else {
            counts = level
            candidate = level
            return level
        }
        if level == standing {
            candidate = standing
        } else if candidate != level {
            candidate = level
            since = now
        } else if now - since >= period {
            counts = level
        }
        return counts ?? level
    }
}
