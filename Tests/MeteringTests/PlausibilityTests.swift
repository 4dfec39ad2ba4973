import Quantities
import Testing

@testable import Metering

@Suite struct PlausibilityTests {
    private static let start = MonotonicInstant(nanoseconds: 50_000_000_000)

    private func at(_ milliseconds: Int64) -> MonotonicInstant { Self.start + .milliseconds(milliseconds) }

    private func sample(
        _ energy: Int64, at milliseconds: Int64, watts: Int64? = nil, step: Int64 = 1_000, modulus: Int64? = nil,
        took: Int64 = 20
    ) -> Plausibility.Sample {
        Plausibility.Sample(
            energy: MilliwattHours(energy), step: MilliwattHours(step),
            modulus: modulus.map { MilliwattHours($0) }, sent: at(milliseconds - took), received: at(milliseconds),
            power: watts.map { Milliwatts($0 * 1_000) })
    }

    private func plausibility(factor: UInt32 = 1, watts: Int64 = 22_080) -> Plausibility {
        Plausibility(limits: PlausibilityLimits(maximumPower: Milliwatts(watts * 1_000), energyFactor: factor))
    }

    /// The energy after some milliseconds at a power, floored to whole steps like a register.
    private func energy(_ watts: Double, _ milliseconds: Int64, step: Int64 = 1_000) -> Int64 {
        5_000_000_000 + Int64(watts * 1_000 * Double(milliseconds) / 3_600_000) / step * step
    }

    @Test func `the first reading is the base, an equal one and an honest one follow`() {
        var judge = plausibility()
        #expect(judge.judge(sample(7_000, at: 0)) == .accepted(carried: .zero))
        #expect(judge.judge(sample(7_000, at: 1_000)) == .accepted(carried: .zero))
        #expect(judge.judge(sample(13_000, at: 2_000)) == .accepted(carried: .zero))
    }

    @Test func `a register that falls by one step is refused, and stays refused`() {
        var judge = plausibility()
        _ = judge.judge(sample(7_000, at: 0))
        for second in 1...5 {
            #expect(
                judge.judge(sample(6_999, at: Int64(second) * 1_000))
                    == .refused(.fell(from: MilliwattHours(7_000), to: MilliwattHours(6_999))))
        }
        #expect(judge.judge(sample(7_000, at: 6_000)) == .accepted(carried: .zero))
        judge.acceptNewBase()
        #expect(judge.judge(sample(3, at: 7_000)) == .accepted(carried: .zero))
    }

    @Test func `the bound on a jump is exact: most power, 1.2, and one step, from request to reply`() {
        // 22 080 W × 1.02 s × 1.2 = 7 507.2 mWh, and a step of 1 000.
        var judge = plausibility()
        _ = judge.judge(sample(0, at: 0))
        var other = judge
        #expect(judge.judge(sample(8_507, at: 1_000)) == .accepted(carried: .zero))
        #expect(
            other.judge(sample(8_508, at: 1_000))
                == .refused(
                    .jumped(by: MilliwattHours(8_508), atMost: MilliwattHours(8_507), over: .milliseconds(1_020))))
        // The energy of a longer silence may be as much larger.
        #expect(other.judge(sample(8_508, at: 1_200)) == .accepted(carried: .zero))
    }

    @Test func `the energy factor multiplies power and time, and not the step`() {
        var judge = plausibility(factor: 60)
        _ = judge.judge(sample(0, at: 0))
        var other = judge
        #expect(judge.judge(sample(7_507 * 60 + 12 + 1_000, at: 1_000)) == .accepted(carried: .zero))
        #expect(other.judge(sample(7_507 * 60 + 13 + 1_000, at: 1_000)) != .accepted(carried: .zero))
    }

    @Test(arguments: [1, 60, 600]) func `a meter at one and a half times its factor at full current is refused`(
        factor: UInt32
    ) {
        for watts in [22_080, nil] as [Int64?] {
            var judge = plausibility(factor: factor)
            var refused: Int64?
            for second in 0...70 where refused == nil {
                let milliseconds = Int64(second) * 1_000
                let energy = energy(22_080 * Double(factor) * 1.5, milliseconds)
                if case .refused = judge.judge(sample(energy, at: milliseconds, watts: watts)) {
                    refused = milliseconds
                }
            }
            #expect(refused == 1_000, "with power \(watts as Int64?)")
        }
    }

    @Test func `with coarse steps it is refused within seconds, with the meter's own power and without`() {
        // Steps of 10 Wh hide half as much again from one second to the next, and not over ten of them.
        for watts in [22_080, nil] as [Int64?] {
            var judge = plausibility()
            var refused: Int64?
            for second in 0...70 where refused == nil {
                let milliseconds = Int64(second) * 1_000
                let energy = energy(22_080 * 1.5, milliseconds, step: 10_000)
                let sample = sample(energy, at: milliseconds, watts: watts, step: 10_000)
                if case .refused = judge.judge(sample) { refused = milliseconds }
            }
            #expect(refused == 5_000)
        }
    }

    @Test func `with short polls, whose latencies hide it from one to the next, it is refused within two seconds`() {
        for refresh in [Nanoseconds.zero, .milliseconds(100)] {
            var judge = Plausibility(limits: Fixtures.limits, refresh: refresh)
            var refused: Int64?
            for tenth in 0...100 where refused == nil {
                let milliseconds = Int64(tenth) * 100
                let energy = energy(22_080 * 1.5, milliseconds)
                // Each request takes 60 ms.
                let sample = sample(energy, at: milliseconds, took: 60)
                if case .refused = judge.judge(sample) { refused = milliseconds }
            }
            #expect(refused == (refresh == .zero ? 1_000 : 1_600))
        }
    }

    @Test func `half the current and one and a half times the energy is refused by the power alone`() {
        var judge = plausibility()
        var verdicts: [Plausibility.Verdict] = []
        for second in 0...60 {
            let milliseconds = Int64(second) * 1_000
            verdicts.append(judge.judge(sample(energy(11_000 * 1.5, milliseconds), at: milliseconds, watts: 11_000)))
        }
        #expect(verdicts.dropLast().allSatisfy { $0 == .accepted(carried: .zero) })
        guard case .refused(.ranAhead(let by, let most, let time))? = verdicts.last else {
            Issue.record("accepted")
            return
        }
        #expect(by == MilliwattHours(275_000))
        // 11 kW over 60 s is 183 333 mWh; a fifth more, and two steps.
        #expect(most == MilliwattHours(222_000))
        #expect(time == .seconds(60))
    }

    @Test(arguments: [0.81, 1.0, 1.19]) func `within a fifth it is accepted for an hour, in steps and with jitter`(
        ratio: Double
    ) {
        var judge = plausibility()
        var generator = SeededGenerator(seed: 42)
        var milliseconds: Int64 = 0
        while milliseconds < 3_600_000 {
            let sample = sample(energy(11_000 * ratio, milliseconds), at: milliseconds, watts: 11_000)
            let verdict = judge.judge(sample)
            #expect(verdict == .accepted(carried: .zero))
            milliseconds += Int64.random(in: 700...1_400, using: &generator)
            #expect(judge.anchorCount <= 62)
        }
    }

    @Test func `a meter that stands still under current is refused after the window, also when it makes up for it`() {
        var judge = plausibility()
        var refused = 0
        for second in 0..<90 {
            let verdict = judge.judge(sample(5_000_000_000, at: Int64(second) * 1_000, watts: 11_000))
            if case .refused(.lagged) = verdict { refused += 1 } else { #expect(second < 60) }
        }
        #expect(refused == 30)
        // It makes up for 90 s at 11 kW at once: nothing tells that from energy that never flowed.
        #expect(judge.judge(sample(5_000_275_000, at: 90_000, watts: 11_000)) != .accepted(carried: .zero))
        judge.acceptNewBase()
        #expect(judge.judge(sample(5_000_275_000, at: 91_000, watts: 11_000)) == .accepted(carried: .zero))
    }

    @Test func `a car that starts, stops and changes its current is never refused, at any factor`() {
        for (factor, seed) in [(1, 1), (1, 2), (60, 3), (600, 4)] as [(UInt32, UInt64)] {
            var judge = plausibility(factor: factor)
            var generator = SeededGenerator(seed: seed)
            var watts: Double = 0
            var exact: Double = 0
            for tick in 0..<36_000 {
                if Int.random(in: 0..<150, using: &generator) == 0 {
                    watts = [0, 0, 1_380, 4_140, 11_040, 22_080].randomElement(using: &generator) ?? 0
                }
                exact += watts * Double(factor) * 0.1 / 3.6
                guard tick % 10 == 0 else { continue }
                let energy = Int64(exact) / 1_000 * 1_000
                let verdict = judge.judge(sample(energy, at: Int64(tick) * 100, watts: Int64(watts)))
                #expect(verdict == .accepted(carried: .zero), "seed \(seed) tick \(tick)")
            }
        }
    }

    @Test func `power is not compared across a hole in it`() {
        var judge = plausibility()
        for second in 0...120 {
            let milliseconds = Int64(second) * 1_000
            // One reading without power each 30 s: no window of 60 s is whole.
            let watts: Int64? = second % 30 == 0 ? nil : 1_000
            #expect(
                judge.judge(sample(energy(11_000, milliseconds), at: milliseconds, watts: watts))
                    == .accepted(carried: .zero))
        }
    }

    @Test func `power is not compared across a time in which it was not sampled`() {
        // 22 kW for 6 s in each minute fall between two samples of 1 kW: a hole, and not 1 kW.
        var judge = plausibility()
        var total: Int64 = 0
        var milliseconds: Int64 = 0
        for second in 0...300 {
            let isHole = second % 50 == 49
            milliseconds += isHole ? 6_000 : 1_000
            total += isHole ? 22_000 * 6_000 / 3_600 : 1_000 * 1_000 / 3_600
            let verdict = judge.judge(sample(total, at: milliseconds, watts: 1_000))
            #expect(verdict == .accepted(carried: .zero), "second \(second)")
        }
        // Samples 5 s apart are no hole.
        var other = plausibility()
        var refused = 0
        for index in 0...20 {
            let milliseconds = Int64(index) * 5_000
            let verdict = other.judge(sample(energy(11_000, milliseconds), at: milliseconds, watts: 1_000))
            if verdict != .accepted(carried: .zero) { refused += 1 }
        }
        #expect(refused == 9)
    }

    @Test func `a wrap of the register is accepted, a fall elsewhere is not`() {
        let modulus: Int64 = 4_294_967_296_000
        var judge = plausibility()
        _ = judge.judge(sample(modulus - 2_000, at: 0, modulus: modulus))
        var other = judge
        #expect(judge.judge(sample(3_000, at: 1_000, modulus: modulus)) == .accepted(carried: MilliwattHours(modulus)))
        #expect(judge.judge(sample(9_000, at: 2_000, modulus: modulus)) == .accepted(carried: .zero))
        #expect(
            other.judge(sample(30_000, at: 1_000, modulus: modulus))
                == .refused(.fell(from: MilliwattHours(modulus - 2_000), to: MilliwattHours(30_000))))
        // A register that has shown its modulus does not wrap there.
        var odd = plausibility()
        _ = odd.judge(sample(modulus, at: 0, modulus: modulus))
        #expect(
            odd.judge(sample(0, at: 1_000, modulus: modulus))
                == .refused(.fell(from: MilliwattHours(modulus), to: .zero)))
    }

    @Test func `once the contactor has been open for 10 s, only the charger's own power flows`() {
        // 10 s at full power, then 490 s of 500 W.
        let most: Int64 = 22_080 * 12 * 10_020 / 36_000 + 500 * 490_000 / 3_600 + 1_000
        for (rise, isTrue) in [(most - 100, true), (most + 1_100, false), (3_000_000, false)] as [(Int64, Bool)] {
            var judge = plausibility()
            _ = judge.judge(sample(1_000_000, at: 0))
            let sample = sample(1_000_000 + rise, at: 500_000)
            #expect((judge.judge(sample, openSince: at(0)) == .accepted(carried: .zero)) == isTrue, "\(rise)")
        }
        var unknown = plausibility()
        _ = unknown.judge(sample(1_000_000, at: 0))
        #expect(unknown.judge(sample(4_000_000, at: 500_000)) == .accepted(carried: .zero))
    }

    @Test func `a reading that is not later is a duplicate`() {
        var judge = plausibility()
        _ = judge.judge(sample(1_000, at: 5_000))
        for time in [5_000, 4_999, 0] as [Int64] {
            #expect(judge.judge(sample(1_000, at: time)) == .refused(.notLater(than: at(5_000))))
        }
        #expect(judge.judge(sample(1_000, at: 5_001)) == .accepted(carried: .zero))
    }

    @Test func `a stated refresh time widens the bound by the energy of that time`() {
        var judge = Plausibility(
            limits: PlausibilityLimits(maximumPower: Milliwatts(22_080_000)), refresh: .seconds(1))
        _ = judge.judge(sample(0, at: 0))
        #expect(judge.judge(sample(8_507 + 7_360, at: 1_000)) == .accepted(carried: .zero))
    }

    @Test func `no energies and times make it trap`() {
        var generator = SeededGenerator(seed: 11)
        for round in 0..<200 {
            var judge = Plausibility(
                limits: PlausibilityLimits(
                    maximumPower: Milliwatts(Int64.random(in: PlausibilityLimits.powers, using: &generator)),
                    energyFactor: UInt32.random(in: PlausibilityLimits.factors, using: &generator)),
                refresh: .seconds(60))
            var milliseconds: Int64 = 0
            for _ in 0..<100 {
                milliseconds += Int64.random(in: -1...100_000, using: &generator)
                let sample = Plausibility.Sample(
                    energy: MilliwattHours(
                        Int64.random(in: MeterQuantity.importEnergy.range, using: &generator)
                            >> Int64.random(in: 0...40, using: &generator)),
                    step: MilliwattHours(Int64.random(in: 1...Int64.max / 4, using: &generator)),
                    modulus: round % 2 == 0 ? nil : MilliwattHours(Int64.max),
                    sent: at(milliseconds - 3), received: at(milliseconds),
                    power: Bool.random(using: &generator)
                        ? nil : Milliwatts(Int64.random(in: MeterQuantity.power.range, using: &generator)))
                _ = judge.judge(sample)
            }
        }
    }
}
