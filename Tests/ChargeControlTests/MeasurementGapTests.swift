import ChargeControl
import Quantities
import Testing

/// A gap in a measurement disarms nothing that was gathered before it, and is no evidence of its own.
@Suite struct MeasurementGapTests {
    /// 38 A where 32 A are promised: too much after 7 s, with a step unread every 6 s.
    @Test func overcurrentIsRaisedThroughGaps() throws {
        for gap in [1, 5, 100] {
            var rig = try Rig()
            try rig.startCharging()
            rig.draw = Milliamps(38_000)
            for step in 1...(200 * 8) {
                rig.currentsAreMeasured = step % 1_200 >= gap
                rig.step()
            }
            #expect(rig.raised(.overcurrent) == 1, "\(gap) steps unread")
            #expect(!rig.isPowered)
        }
    }

    /// 60 A through a charger for 32 A: 200 ms, with a step unread every 150 ms.
    @Test func overcurrentOfTheHardwareIsRaisedThroughGaps() throws {
        for gap in [1, 5, 20] {
            var rig = try Rig()
            try rig.startCharging()
            rig.draw = Milliamps(60_000)
            for step in 1...(200 + gap) {
                rig.currentsAreMeasured = step % 30 >= gap
                rig.step()
            }
            #expect(rig.raised(.overcurrentHardware) == 1, "\(gap) steps unread")
            #expect(!rig.output.contactorEnable)
        }
    }

    /// What was over-current for a moment and is never read again has not been over-current since.
    @Test func overcurrentIsNotRaisedBySilence() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.draw = Milliamps(60_000)
        rig.run(.milliseconds(100))
        rig.currentsAreMeasured = false
        rig.run(.seconds(20))
        #expect(rig.raised(.overcurrent) == 0 && rig.raised(.overcurrentHardware) == 0)
        #expect(rig.output.contactorEnable)
    }

    /// 25 ms of a bad diode, then nothing: whatever raises a row must be seen when it is raised.
    @Test(arguments: ["diode", "level"])
    func noRowOfThePilotIsRaisedBySilence(which: String) throws {
        var rig = try Rig()
        try rig.startCharging()
        if which == "diode" { rig.diode = false } else { rig.car = .e }
        rig.run(.milliseconds(which == "diode" ? 25 : 15))
        rig.pilotIsSampled = false
        rig.run(.milliseconds(3_000))
        #expect(!rig.output.contactorEnable)
        #expect(rig.raised(.pilotStale) == 1)
        #expect(rig.raised(.diodeMissing) == 0 && rig.raised(.pilotShorted) == 0)
        #expect(rig.endReasons.isEmpty)
    }

    /// It was hot, looked cool for a moment and broke: that is no cooling.
    @Test(arguments: [FaultCode.overTemperature, .plugOverTemperature])
    func aSensorThatBreaksClearsNoHeat(code: FaultCode) throws {
        var rig = try Rig(
            options: .with {
                $0.hasBoardTemperature = true
                $0.hasPlugTemperature = true
            })
        func set(_ value: DeciCelsius?) {
            if code == .overTemperature {
                rig.surroundings.boardTemperature = value
            } else {
                rig.surroundings.plugTemperature = value
            }
        }
        set(DeciCelsius(920))
        rig.run(.seconds(3))
        #expect(rig.stands(code))
        set(DeciCelsius(650))
        rig.run(.milliseconds(50))
        set(nil)
        #expect(rig.run(within: .seconds(60)) { !$0.stands(code) } == nil)
        #expect(rig.stands(.temperatureUnknown))
        // Out of its range it is broken, too.
        set(DeciCelsius(-500))
        #expect(rig.run(within: .seconds(10)) { !$0.stands(code) } == nil)
        set(DeciCelsius(650))
        rig.run(.milliseconds(900))
        #expect(rig.stands(code))
        rig.run(.milliseconds(200))
        #expect(!rig.stands(code))
    }
}
