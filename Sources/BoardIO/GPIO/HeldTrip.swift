import Quantities

/// Makes a trip of an input that keeps its edges long enough to be one.
///
/// The core opens on two looks with 5 ms between them, and looks every 5 ms; a sample may be replaced every millisecond. So what was
/// shorter than the time between two looks is held from the look that found it (docs/decisions/0148-a-short-trip-is-held.md).
struct HeldTrip: BitwiseCopyable {
    /// A period of the control loop may begin 40 ms late before it opens by itself, and two more follow it: longer than these.
    static let duration = Nanoseconds.milliseconds(60)

    /// Where the last edge has left the line; `nil` before the first look.
    private var level: Bool?
    private var until: MonotonicInstant?
    /// Since the last look.
    private var hasTripped = false
    private var hasEdges = false
    /// The last look found another level than the edges had left, and no edge that told of it.
    private var lacksEdge = false

    /// Takes in an edge, the oldest first.
    ///
    /// The kernel says to which level a line went by reading it after the interrupt. Of a pulse that was over by then only edges to
    /// the inactive level are seen: an edge to where the line was has another before it. Where it was before the first look is not
    /// known; what ends before it tells as much as what ended before the line was requested, nothing.
    mutating func note(edgeTo isActive: Bool) {
        if isActive || level == false { hasTripped = true }
        level = isActive
        hasEdges = true
    }

    /// The level that counts, when the line is found at `found` behind the edges that were noted.
    mutating func look(found: Bool, at now: MonotonicInstant) -> Bool {
        if hasTripped { until = now + Self.duration }
        // The edge of a change between the last edge's reading and the level's is on its way. One that is missing at the next look,
        // too, was dropped.
        let isMissing = level != found && !hasEdges
        if level == nil || (isMissing && lacksEdge) { level = found }
        lacksEdge = isMissing && level != found
        hasTripped = false
        hasEdges = false
        guard let until else { return found }
        return found || now < until
    }
}
