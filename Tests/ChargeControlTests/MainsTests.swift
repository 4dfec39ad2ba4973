import ChargeControl
import Quantities
import Testing

/// The mains: trips with their times, the window to come back, the random delay (docs/control-core.md, "The mains").
@Suite struct MainsTests {
    private func rig(delay: Nanoseconds = .zero, seed: UInt64 = 1) throws -> Rig {
        try Rig(
            options: .with {
                $0.watchesVoltage = true
                $0.randomRestartDelay = delay
                $0.randomSeed = seed
            })
    }

    /// Volts, the row, and its time; `nil` where nothing trips.
    private static let trips: [(Int32, FaultCode?, Int64)] = [
        (184_000, nil, 0), (183_999, .undervoltage, 3_000), (115_000, .undervoltage, 3_000),
        (114_999, .undervoltageDeep, 200), (0, .undervoltageDeep, 200), (264_500, nil, 0),
        (264_501, .overvoltage, 1_000),
        (300_000, .overvoltage, 1_000),
    ]

    @Test func everyTripHasItsLimitAndItsTime() throws {
        for (volts, code, time) in Self.trips {
            var rig = try rig()
            try rig.startCharging()
            rig.surroundings.voltage = Millivolts(volts)
            guard let code else {
                rig.run(.seconds(6)) { #expect($0.output.contactorEnable, "\(volts) mV") }
                continue
            }
            let opened = try #require(rig.run(within: .seconds(5)) { !$0.output.contactorEnable })
            #expect(opened >= .milliseconds(time) && opened <= .milliseconds(time + 10), "\(volts) mV: \(opened)")
            #expect(rig.stands(code))
        }
    }

    @Test func aDipShorterThanItsTimeIsRiddenThrough() throws {
        for (volts, length) in [(Int32(100_000), Int64(195)), (150_000, 2_995), (280_000, 995)] {
            var rig = try rig()
            try rig.startCharging()
            for _ in 0..<3 {
                rig.surroundings.voltage = Millivolts(volts)
                rig.run(.milliseconds(length)) { #expect($0.output.contactorEnable) }
                rig.surroundings.voltage = Millivolts(230_000)
                rig.run(.milliseconds(50)) { #expect($0.output.contactorEnable) }
            }
        }
    }

    /// 60 s unbroken within 0.90 to 1.09 and 49.90 to 50.10 Hz.
    @Test func itComesBackOnlyFromTheWindow() throws {
        var tripped = try rig()
        try tripped.startCharging()
        tripped.surroundings.voltage = Millivolts(170_000)
        try tripped.await(.seconds(4)) { $0.stands(.undervoltage) }
        tripped.car = .b
        let outside: [(Int32, Int32?)] = [
            (206_999, 50_000), (250_701, 50_000), (230_000, 49_899), (230_000, 50_101), (190_000, 50_000),
        ]
        for (volts, hertz) in outside {
            var rig = tripped
            rig.surroundings.voltage = Millivolts(volts)
            rig.surroundings.frequency = hertz.map { Millihertz($0) }
            rig.run(.seconds(70))
            #expect(rig.stands(.undervoltage), "\(volts) mV at \(String(describing: hertz)) mHz")
        }
        let inside: [(Int32, Int32?)] = [
            (207_000, 50_000), (250_700, 50_000), (230_000, 49_900), (230_000, 50_100), (230_000, nil),
        ]
        for (volts, hertz) in inside {
            var rig = tripped
            rig.surroundings.voltage = Millivolts(volts)
            rig.surroundings.frequency = hertz.map { Millihertz($0) }
            rig.run(.milliseconds(59_990))
            #expect(rig.stands(.undervoltage))
            rig.run(.milliseconds(20))
            #expect(!rig.stands(.undervoltage), "\(volts) mV at \(String(describing: hertz)) mHz")
        }
        // A moment outside, and the 60 s begin anew.
        tripped.surroundings.voltage = Millivolts(230_000)
        tripped.run(.seconds(59))
        tripped.surroundings.voltage = Millivolts(200_000)
        tripped.step()
        tripped.surroundings.voltage = Millivolts(230_000)
        tripped.run(.milliseconds(59_990))
        #expect(tripped.stands(.undervoltage))
    }

    /// From nothing to its most, another for another seed, the same for the same.
    @Test func theRandomDelayIsDrawnAndReplays() throws {
        var delays: [Int64] = []
        for seed in [UInt64(1), 2, 3, 4, 5, 6, 1] {
            var rig = try rig(delay: .seconds(30), seed: seed)
            // The start is a return of the mains, too.
            rig.run(.seconds(30))
            try rig.startCharging()
            rig.surroundings.voltage = Millivolts(100_000)
            rig.run(.milliseconds(300))
            rig.car = .b
            rig.surroundings.voltage = Millivolts(230_000)
            try rig.await(.seconds(61)) { !$0.stands(.undervoltageDeep) }
            let delay = try #require(rig.run(within: .seconds(31)) { $0.isPowered })
            delays.append(delay.wholeMilliseconds)
        }
        #expect(delays.first == delays.last, "the same seed, the same delay")
        #expect(Set(delays).count >= 5, "\(delays)")
        #expect(delays.allSatisfy { $0 <= 30_010 })
    }

    /// One phase of three that is out is out, and one that is not read is neither good nor bad.
    @Test func everyPhaseCounts() throws {
        for phase in 0..<3 {
            for isRead in [true, false] {
                var controller = try rig().controller
                var input = ControlInput()
                input.meter = .ok
                var now = MonotonicInstant(nanoseconds: 0)
                var stood = false
                for step in 0..<1_000 {
                    now = now + .milliseconds(5)
                    var volts: [Millivolts?] = [Millivolts(230_000), Millivolts(230_000), Millivolts(230_000)]
                    volts[phase] = isRead || step % 2 == 0 ? Millivolts(20_000) : nil
                    input.mains = MainsVoltages(
                        first: volts[0], second: volts[1], third: volts[2], frequency: Millihertz(50_000))
                    if controller.step(input, at: now).display.faults.contains(.undervoltageDeep) { stood = true }
                }
                #expect(stood, "L\(phase + 1), read \(isRead ? "always" : "every other step")")
            }
        }
    }
}
