import ChargeControl
import Quantities

/// What the oracle knows of the limits, of what was promised, and of what forbids a promise.
struct OracleLimits: Sendable {
    var stopsNow = false
    var stopsBefore = false
    var opensNow = false
    var blockedUntil: Int64 = Int64.min / 2
    var shownFAt: Int64 = -1
    var promised: Int32 = 0
    var promisedAt: Int64 = 0
    /// The highest promise of each tenth of a second.
    private var tenths = InlineArray<128, Int32>(repeating: 0)
    private var stamps = InlineArray<128, Int64>(repeating: -1)
    private var poweredSince: Int64 = 0

    mutating func note(_ promise: Int32, at now: Int64) {
        if promised == 0 { poweredSince = now }
        if promise != promised { promisedAt = now }
        promised = promise
        guard promise > 0 else { return }
        let stamp = now / 100_000_000
        let place = Int(stamp & 127)
        tenths[place] = stamps[place] == stamp ? max(tenths[place], promise) : promise
        stamps[place] = stamp
    }

    /// The highest promise since a moment, as long as PWM has run.
    mutating func highest(since moment: Int64) -> Int32 {
        let first = max(moment, poweredSince) / 100_000_000
        var highest: Int32 = 0
        for place in 0..<128 where stamps[place] >= first { highest = max(highest, tenths[place]) }
        return highest
    }
}

extension Oracle {
    /// No source is ever overridden: the answer is the least of them, rounded down to a current with a code, and the pilot
    /// follows it, down at once and up 5 s after the last change.
    mutating func judgeLimits(_ input: ControlInput, _ output: ControlOutput) {
        var least = Int32.max
        var source = -1
        func apply(_ limit: Int32, _ position: Int) {
            if limit <= least {
                least = limit
                source = position
            }
        }
        apply(granted(input.authorization), 0)
        func hear(_ source: LimitSource, _ position: Int) {
            guard let limit = input.limits[source] else { return }
            var current = limit.current.rawValue
            if let expiry = limit.expiry, now >= expiry.nanoseconds { current = min(current, limit.failSafe.rawValue) }
            apply(current, position)
        }
        hear(.loadSharing, 1)
        hear(.owner, 2)
        hear(.technician, 3)
        hear(.schedule, 4)
        hear(.grid, 5)
        hear(.installer, 6)
        let rating = configuration.maximumCurrent.rawValue
        if options.hasBoardTemperature || options.hasPlugTemperature {
            let board = options.hasBoardTemperature ? conditions.boardHeat.limit : rating
            let plug = options.hasPlugTemperature ? conditions.plugHeat.limit : rating
            apply(min(rating, board, plug), 7)
        }
        if let most = options.singlePhaseMaximum, mode == .single, phases == 3 { apply(most.rawValue, 8) }
        apply(rating, 9)
        apply(cableLimit(), 10)
        let answer = output.display.limit
        let allowed = Self.encodable(least)
        if answer.limit.rawValue != least || answer.current.rawValue != allowed { fail(.limitWrong) }
        if answer.source.position() != source { fail(.limitWrong) }
        judgePromise(output, allowed: allowed)
    }

    private func granted(_ grant: Authorization?) -> Int32 {
        guard let grant else { return 0 }
        let current = grant.currentLimit?.rawValue ?? 80_000
        if let deadline = grant.deadline, now >= deadline.nanoseconds { return min(0, current) }
        return current
    }

    private func cableLimit() -> Int32 {
        switch configuration.cable {
        case .tethered(let rating): return rating.rawValue
        case .socket:
            if conditions.latchedCable != -2 { return max(conditions.latchedCable, 0) }
            return max(conditions.settledCable, 0)
        }
    }

    private static func encodable(_ limit: Int32) -> Int32 {
        if limit < 6_000 { return 0 }
        if limit > 50_700, limit < 53_750 { return 50_700 }
        return min(limit, 80_000)
    }

    private mutating func judgePromise(_ output: ControlOutput, allowed: Int32) {
        guard case .pwm(let highTime) = output.pilot else {
            limits.note(0, at: now)
            if output.display.offered != .zero { fail(.displayed) }
            return
        }
        let duty = highTime.rawValue
        if duty < 100_000 || duty > 960_000 || (duty > 845_000 && duty < 855_000) { fail(.promiseWithoutCode) }
        // The car's table, in nanoseconds of a period of 1 ms.
        let promise = Int32(duty <= 850_000 ? duty * 3 / 50 : (duty - 640_000) / 4)
        if promise > allowed { fail(.promiseAboveLimit) }
        var expected = limits.promised
        if expected == 0 || allowed < expected || now - limits.promisedAt >= 5_000_000_000 { expected = allowed }
        let offered = output.display.offered.rawValue
        if offered != expected { fail(.promiseWrong) }
        if promise > offered || promise < offered - 1 { fail(.promiseWrong) }
        limits.note(offered, at: now)
    }
}
