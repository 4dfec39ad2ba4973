internal import Quantities

/// Judges whether a meter's energies can be true. A pure value: time comes in with the samples.
///
/// A reading is accepted when
/// - it is later than the last accepted one;
/// - the register did not fall, or fell as a wrap does, and its scale factor is the last reading's;
/// - ΔE ≤ P_max · Δt · 1.2 + one step, against the last accepted reading and against each that the window holds: over one
///   short poll the latencies of two requests leave room for a meter that runs half as fast again, over ten they do not;
/// - over at least 60 s, ΔE lies within 20 % and two steps of ∫P dt, where the meter reports power without a hole.
/// Δt runs from the earlier request to the later reply, the longest time that the energy can have had; once the contactor
/// behind the meter has been open for 10 s, only what the charger itself draws flows. Each bound made
/// from power and time is multiplied by the energy factor.
struct Plausibility: Equatable, Sendable {
    /// The length of the window over which energy and power are compared.
    static let window = Nanoseconds.seconds(60)
    /// Readings kept within the window: one a second, and the one before it.
    static let anchorSpacing = Nanoseconds.seconds(1)

    /// How long a meter holds a value where the profile does not say it. Only for two reads within one reading.
    static let usualRefresh = Nanoseconds.seconds(1)

    let limits: PlausibilityLimits
    /// How old a register's value may be.
    let refresh: Nanoseconds

    private var last: Anchor?
    /// Accepted readings, oldest first: the first is at least a window old as soon as one is.
    private var anchors: [Anchor] = []
    private var integral = PowerIntegral()

    init(limits: PlausibilityLimits, refresh: Nanoseconds = .zero) {
        self.limits = limits
        self.refresh = refresh
    }

    /// A decoded reading as far as it matters here.
    struct Sample: Equatable, Sendable {
        let energy: MilliwattHours
        /// The least step of the register at this value.
        let step: MilliwattHours
        /// Where the register wraps to zero; `nil` where that is not known.
        let modulus: MilliwattHours?
        /// The power of ten that came with the register, and so must not change from one reading to the next; `nil` where the
        /// profile alone states the unit.
        var scaleFactor: Int16?
        let sent: MonotonicInstant
        let received: MonotonicInstant
        let power: Milliwatts?
    }

    enum Verdict: Equatable, Sendable {
        /// `carried` is the modulus that a wrap passed, else zero.
        case accepted(carried: MilliwattHours)
        case refused(Implausibility)
    }

    private struct Anchor: Equatable, Sendable {
        let energy: MilliwattHours
        let scaleFactor: Int16?
        /// Energy since the base, wraps unrolled.
        let total: Int64
        let sent: MonotonicInstant
        let received: MonotonicInstant
        let integral: PowerIntegral
    }

    /// How many readings are kept; bounded by window and spacing.
    var anchorCount: Int { anchors.count }

    /// Judges a reading; an accepted one becomes the base of the next.
    ///
    /// - Parameter openSince: since when the contactor behind the meter has been open; `nil` where it is not, or not known.
    mutating func judge(_ sample: Sample, openSince: MonotonicInstant? = nil) -> Verdict {
        if let last, sample.received <= last.received { return .refused(.notLater(than: last.received)) }
        integral.add(sample.power, at: sample.received)
        guard let last else {
            accept(sample, total: 0)
            return .accepted(carried: .zero)
        }
        if let before = last.scaleFactor, let factor = sample.scaleFactor, factor != before {
            return .refused(.scaleChanged(from: before, to: factor))
        }
        let bound = mostRise(from: last, to: sample, openSince)
        guard case .some(let (rise, carried)) = rise(from: last.energy, to: sample, atMost: bound) else {
            return .refused(.fell(from: last.energy, to: sample.energy))
        }
        guard rise <= bound else {
            return .refused(
                .jumped(by: MilliwattHours(rise), atMost: MilliwattHours(bound), over: sample.received - last.sent))
        }
        let (total, overflow) = last.total.addingReportingOverflow(rise)
        guard !overflow else { return .refused(.fell(from: last.energy, to: sample.energy)) }
        if let reason = judgeWindow(sample, total: total, openSince) { return .refused(reason) }
        accept(sample, total: total)
        return .accepted(carried: carried)
    }

    /// Follows the register of a meter whose energy is not sold, whatever it says: all that can be wrong with a reading is
    /// that it is not later than the last one. A house with a generator of its own counts otherwise than its power says.
    mutating func follow(_ sample: Sample) -> Verdict {
        if let last, sample.received <= last.received { return .refused(.notLater(than: last.received)) }
        acceptNewBase()
        accept(sample, total: 0)
        return .accepted(carried: .zero)
    }

    /// Forgets what was: the next reading becomes the base. For another meter, and for a reset outside a session.
    mutating func acceptNewBase() {
        last = nil
        anchors = []
        integral = PowerIntegral()
    }

    /// The most that a second read of the register can lie above the first, when both belong to one reading.
    ///
    /// The two are milliseconds apart, so here the time for which a meter holds a value counts: between them the register
    /// may take over the energy of that whole time.
    func confirmationBound(
        from: MonotonicInstant, to: MonotonicInstant, step: MilliwattHours
    ) -> MilliwattHours {
        bound(from: from, to: to + max(.zero, Self.usualRefresh - refresh), step: step)
    }

    /// The most energy that two reads of the register can lie apart.
    func bound(from: MonotonicInstant, to: MonotonicInstant, step: MilliwattHours) -> MilliwattHours {
        // 10^18 ns are 31 years: so many that nothing overflows 128 bits, and enough for any outage.
        let duration = min(Int128((to - from).rawValue) + Int128(refresh.rawValue), 1_000_000_000_000_000_000)
        let product = Int128(limits.maximumPower.rawValue) * duration * Int128(limits.energyFactor) * 12 / 10
        return MilliwattHours(Self.energy(product).saturatingAdding(step.rawValue))
    }

    // MARK: inside

    private func mostRise(from anchor: Anchor, to sample: Sample, _ openSince: MonotonicInstant?) -> Int64 {
        guard let openSince, openSince + LoadCheck.settling < sample.received else {
            return bound(from: anchor.sent, to: sample.received, step: sample.step).rawValue
        }
        let end = max(anchor.sent, openSince + LoadCheck.settling)
        let rest = Int128((sample.received - end).rawValue) * Int128(limits.energyFactor)
        let idle = Self.energy(Int128(LoadCheck.margin) * rest)
        return bound(from: anchor.sent, to: end, step: sample.step).rawValue.saturatingAdding(idle)
    }

    /// By how much the register rose, and the modulus that it passed; `nil` where it fell.
    private func rise(
        from: MilliwattHours, to sample: Sample, atMost bound: Int64
    ) -> (rise: Int64, carried: MilliwattHours)? {
        guard let difference = sample.energy.subtractingIfFits(from)?.rawValue else { return nil }
        if difference >= 0 { return (difference, .zero) }
        guard let modulus = sample.modulus, from < modulus,
            let unrolled = MilliwattHours(difference).addingIfFits(modulus)?.rawValue,
            (0...bound).contains(unrolled)
        else { return nil }
        return (unrolled, modulus)
    }

    private func judgeWindow(_ sample: Sample, total: Int64, _ openSince: MonotonicInstant?) -> Implausibility? {
        for anchor in anchors {
            let (rise, bound) = (total - anchor.total, mostRise(from: anchor, to: sample, openSince))
            guard rise <= bound else {
                return .jumped(
                    by: MilliwattHours(rise), atMost: MilliwattHours(bound), over: sample.received - anchor.sent)
            }
        }
        guard let anchor = windowStart(at: sample.received) else { return nil }
        let rise = total - anchor.total
        let duration = sample.received - anchor.received
        guard let since = integral.continuousSince, since <= anchor.received else { return nil }
        let factor = Int128(limits.energyFactor)
        let twoSteps = sample.step.rawValue.saturatingAdding(sample.step.rawValue)
        let most = Self.energy((integral.upper - anchor.integral.upper) * factor * 12 / 10).saturatingAdding(twoSteps)
        guard rise <= most else {
            return .ranAhead(by: MilliwattHours(rise), atMost: MilliwattHours(most), over: duration)
        }
        let least = Self.energy((integral.lower - anchor.integral.lower) * factor * 8 / 10) - twoSteps
        guard rise >= least else {
            return .lagged(by: MilliwattHours(rise), atLeast: MilliwattHours(least), over: duration)
        }
        return nil
    }

    /// The youngest accepted reading that is at least a window old.
    private func windowStart(at now: MonotonicInstant) -> Anchor? {
        anchors.last { now - $0.received >= Self.window }
    }

    private mutating func accept(_ sample: Sample, total: Int64) {
        let anchor = Anchor(
            energy: sample.energy, scaleFactor: sample.scaleFactor, total: total, sent: sample.sent,
            received: sample.received,
            integral: integral)
        last = anchor
        if let youngest = anchors.last, sample.received - youngest.received < Self.anchorSpacing { return }
        // Only the youngest of those that left the window is ever used again.
        while anchors.count > 1, sample.received - anchors[1].received >= Self.window { anchors.removeFirst() }
        anchors.append(anchor)
    }

    /// mW × ns to mWh, rounded towards zero, no more than fits.
    private static func energy(_ product: Int128) -> Int64 { Int64(clamping: product / 3_600_000_000_000) }
}

extension Int64 {
    /// The sum, or the greatest number where it does not fit; both are not negative.
    fileprivate func saturatingAdding(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
