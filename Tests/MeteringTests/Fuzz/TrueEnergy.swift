import Quantities

/// What truly flowed through a model meter: a power that stays what it is until it is set anew. It never falls.
struct TrueEnergy {
    private struct Segment {
        let since: Int64
        /// µWh at its beginning.
        let energy: Int64
        let watts: Int64
    }

    /// How many times faster than the power the energy is counted.
    private let factor: Int64
    private var segments: [Segment]

    /// From so many mWh at a moment on, without power.
    init(_ start: Int64, factor: Int64, at now: MonotonicInstant) {
        self.factor = factor
        segments = [Segment(since: now.nanoseconds, energy: start * 1_000, watts: 0)]
    }

    mutating func set(watts: Int64, at now: MonotonicInstant) {
        segments.append(Segment(since: now.nanoseconds, energy: microwattHours(now), watts: watts))
    }

    /// In mWh, rounded down. A moment before the beginning counts as the beginning.
    func at(_ now: MonotonicInstant) -> Int64 { microwattHours(now) / 1_000 }

    func watts(at now: MonotonicInstant) -> Int64 { segment(now).watts }

    private func microwattHours(_ now: MonotonicInstant) -> Int64 {
        let segment = segment(now)
        // W × µs / 3600 is µWh.
        let microseconds = max(0, (now.nanoseconds - segment.since) / 1_000)
        return segment.energy + segment.watts * factor * microseconds / 3_600
    }

    private func segment(_ now: MonotonicInstant) -> Segment {
        var index = segments.count - 1
        while index > 0, segments[index].since > now.nanoseconds { index -= 1 }
        return segments[index]
    }
}
