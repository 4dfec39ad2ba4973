import ChargeControl
import Quantities

/// What the oracle keeps to tell whether a row's condition is there.
struct OracleConditions: Sendable {
    enum Test: Sendable { case resting, driving, releasing, voided }

    var isLate = false
    var lateOnce: Int64 = Int64.min / 2
    var lateTwice: Int64 = Int64.min / 2
    var lateThrice: Int64 = Int64.min / 2

    // The meter: the newest reading that counts.
    var newestNumber: UInt64 = 0
    var newestAt: Int64 = -1
    var newestRequest: Int64 = 0
    var newestEnergy: Int64 = 0
    var hasReading = false
    var isNewReading = false
    var startedAt: Int64 = -1
    var silence: Int64 = 0

    // The trip inputs of the step before.
    var stopBefore = false
    var directBefore = false
    var alternatingBefore = false

    // The residual self-test.
    var test = Test.resting
    var testSince: Int64 = 0
    var passedAt: Int64 = -1
    var hasFailed = false

    // Heat: the newest reading of each sensor, and since when it has not moved under load.
    var boardHeat = OracleHeat()
    var plugHeat = OracleHeat()

    // The cable in the socket.
    var cable: Int32 = 0
    var cableCount = 0
    var settledCable: Int32 = -2
    var latchedCable: Int32 = -2

    var fanSince: Int64 = -1
    var fanAsked = false
}

struct OracleHeat: Sendable {
    var last: Int32 = Int32.min
    var stillSince: Int64 = -1
    var isKnown = false
    private var isFrozen = false
    /// What it leaves: it falls at once, and rises by 1 A in 30 s.
    var limit: Int32 = Int32.max
    private var changedAt: Int64 = -1

    mutating func see(_ reading: DeciCelsius?, isLoaded: Bool, rating: Int32, at now: Int64) {
        let value = reading?.rawValue ?? Int32.min
        if value != last || value == Int32.min {
            isFrozen = false
            stillSince = -1
        } else if !isLoaded, !isFrozen {
            stillSince = -1
        } else if stillSince < 0 {
            stillSince = now
        }
        if stillSince >= 0, now - stillSince >= 600_000_000_000 { isFrozen = true }
        last = value
        isKnown = value >= -400 && value <= 1_250 && !isFrozen
        let wanted = most(of: rating)
        if limit == Int32.max { limit = rating }
        if wanted < limit {
            limit = wanted
            changedAt = now
        } else if wanted > limit, changedAt >= 0, now - changedAt >= 30_000_000_000 {
            limit = min(wanted, limit + 1_000)
            changedAt = now
        }
    }

    /// The most current that this temperature leaves.
    mutating func most(of rating: Int32) -> Int32 {
        guard isKnown else { return 6_000 }
        if last <= 600 { return rating }
        if last >= 750 { return 6_000 }
        return 6_000 + Int32(Int64(rating - 6_000) * Int64(750 - last) / 150)
    }

    mutating func condition(stop: Int32) -> OracleRow.Condition {
        guard isKnown else { return .hidden }
        return last >= stop ? .present : last > stop - 100 ? .near : .absent
    }
}

extension Oracle {
    mutating func watchMeter(_ input: ControlInput) {
        if conditions.startedAt < 0 { conditions.startedAt = now }
        conditions.isNewReading = false
        if let sample = input.energy, sample.imported >= .zero, sample.at.nanoseconds <= now {
            var isGood = true
            if conditions.hasReading {
                isGood = sample.number > conditions.newestNumber && sample.at.nanoseconds >= conditions.newestAt
                if session.isOpen, sample.imported.rawValue < conditions.newestEnergy { isGood = false }
            }
            if isGood {
                conditions.hasReading = true
                conditions.isNewReading = true
                conditions.newestNumber = sample.number
                conditions.newestAt = sample.at.nanoseconds
                conditions.newestRequest = sample.at.nanoseconds - sample.elapsed.rawValue
                conditions.newestEnergy = sample.imported.rawValue
            }
        }
        conditions.silence = now - (conditions.hasReading ? conditions.newestAt : conditions.startedAt)
        if input.meter != .ok { conditions.silence = max(conditions.silence, now - input.meterSince.nanoseconds) }
    }

    mutating func watchCable(_ truth: Truth) {
        guard case .socket = configuration.cable else { return }
        guard let cable = truth.cable else {
            conditions.cableCount = 0
            conditions.settledCable = -2
            return
        }
        conditions.cableCount = conditions.cableCount > 0 && cable == conditions.cable ? conditions.cableCount + 1 : 1
        conditions.cable = cable
        if conditions.cableCount >= 3 { conditions.settledCable = cable }
    }

    mutating func watchHeat(_ input: ControlInput) {
        var total = abs(input.currents.first?.rawValue ?? 0)
        total += abs(input.currents.second?.rawValue ?? 0) + abs(input.currents.third?.rawValue ?? 0)
        let rating = configuration.maximumCurrent.rawValue
        if options.hasBoardTemperature {
            conditions.boardHeat.see(input.boardTemperature, isLoaded: total > 13_000, rating: rating, at: now)
        }
        if options.hasPlugTemperature {
            conditions.plugHeat.see(input.plugTemperature, isLoaded: total > 13_000, rating: rating, at: now)
        }
    }

    mutating func watchFan(_ output: ControlOutput) {
        if output.ventilation, !conditions.fanAsked { conditions.fanSince = now }
        if !output.ventilation { conditions.fanSince = -1 }
        conditions.fanAsked = output.ventilation
        if output.ventilation, !options.hasVentilation { fail(.ventilationWithoutFan) }
    }

    /// The residual self-test by its rules: only proven open and before a session, both outputs within 1 s, both gone within
    /// 2 s.
    mutating func watchTest(_ input: ControlInput, _ output: ControlOutput) {
        guard options.hasResidualTest else {
            if output.residualTest { fail(.testInput) }
            return
        }
        // What a start finds may still answer a test of the life before.
        if isFirst {
            conditions.test = .voided
            conditions.testSince = now
        }
        if conditions.test != .resting, conditions.test != .voided, contacts.provenOpenSince < 0 {
            conditions.test = .voided
            conditions.testSince = now
        }
        switch conditions.test {
        case .resting: break
        case .driving:
            if input.residualDirect, input.residualAlternating {
                conditions.test = .releasing
                conditions.testSince = now
            } else if now - conditions.testSince >= 1_000_000_000 {
                conditions.test = .resting
                conditions.hasFailed = true
            }
        case .voided:
            let isGone = !input.residualDirect && !input.residualAlternating
            if isGone || now - conditions.testSince >= 2_000_000_000 { conditions.test = .resting }
        case .releasing:
            if !input.residualDirect, !input.residualAlternating {
                conditions.test = .resting
                conditions.hasFailed = false
                conditions.passedAt = now
            } else if now - conditions.testSince >= 2_000_000_000 {
                conditions.test = .resting
                conditions.hasFailed = true
            }
        }
        let isBefore = phase == .idle || phase == .waiting || phase == .preparing
        let mayStart =
            conditions.test == .resting && contacts.provenOpenSince >= 0 && !input.residualDirect
            && !input.residualAlternating && isBefore
            && (input.selfTestRequest || (!conditions.hasFailed && isTestDue()))
        if mayStart {
            conditions.test = .driving
            conditions.testSince = now
        }
        if output.residualTest != (conditions.test == .driving) { fail(.testInput) }
    }

    mutating func isTestDue() -> Bool {
        conditions.passedAt < 0 || now - conditions.passedAt >= 86_400_000_000_000
    }
}
