import ChargeControl
import Quantities
import Testing

/// Heat: derating, stopping, coming back, and sensors that lie (docs/control-core.md, "Heat").
@Suite struct HeatTests {
    private func rig(plug: Bool = false, phases: UInt8 = 3) throws -> Rig {
        try Rig(
            phases: phases,
            options: .with {
                $0.hasBoardTemperature = true
                $0.hasPlugTemperature = plug
            })
    }

    /// 32 A up to 60 °C, 6 A at 75 °C, a line between. The tremor of a live sensor is 0.1 K.
    @Test func theLine() throws {
        for (tenths, milliamps) in [
            (Int32(-100), Int32(32_000)), (250, 32_000), (599, 32_000), (600, 32_000), (675, 19_000), (690, 16_400),
            (750, 6_000), (780, 6_000),
        ] {
            var rig = try rig()
            rig.surroundings.temperaturesMove = false
            rig.draw = Milliamps(5_000)
            try rig.startCharging()
            rig.surroundings.boardTemperature = DeciCelsius(tenths)
            rig.step()
            #expect(rig.output.display.offered == Milliamps(milliamps), "\(tenths) tenths")
            if milliamps < 32_000 {
                #expect(rig.output.display.limit.source == .temperature && rig.output.display.limit.reason == .heat)
            }
        }
    }

    @Test func aLimitFallsAtOnceAndRisesByAnAmpereInThirtySeconds() throws {
        var rig = try rig()
        rig.draw = Milliamps(5_000)
        try rig.startCharging()
        rig.surroundings.boardTemperature = DeciCelsius(760)
        rig.step()
        #expect(rig.output.display.offered == Milliamps(6_000))
        rig.surroundings.boardTemperature = DeciCelsius(300)
        for ampere in Int32(7)...10 {
            rig.run(.milliseconds(29_995))
            #expect(rig.output.display.offered == Milliamps((ampere - 1) * 1_000))
            rig.run(.milliseconds(5))
            #expect(rig.output.display.offered == Milliamps(ampere * 1_000))
        }
    }

    @Test func itStopsAtEightyAndThePlugAtNinetyAndComesBackTenBelow() throws {
        for isPlug in [false, true] {
            func set(_ rig: inout Rig, _ tenths: Int32) {
                if isPlug {
                    rig.surroundings.plugTemperature = DeciCelsius(tenths)
                } else {
                    rig.surroundings.boardTemperature = DeciCelsius(tenths)
                }
            }
            let stop: Int32 = isPlug ? 900 : 800
            let code: FaultCode = isPlug ? .plugOverTemperature : .overTemperature
            var rig = try rig(plug: true)
            rig.surroundings.temperaturesMove = false
            rig.draw = Milliamps(5_000)
            try rig.startCharging()
            set(&rig, stop - 1)
            rig.run(.seconds(3))
            #expect(rig.isPowered)
            set(&rig, stop)
            rig.run(.milliseconds(990))
            #expect(rig.isPowered)
            rig.run(.milliseconds(20))
            #expect(!rig.isPowered && rig.output.contactorEnable && rig.stands(code), "x1 first")
            set(&rig, stop - 99)
            rig.live(.seconds(20))
            #expect(rig.stands(code))
            set(&rig, stop - 100)
            rig.live(.seconds(2))
            #expect(!rig.stands(code))
            rig.live(.seconds(6))
            #expect(rig.output.contactorEnable && rig.endReasons.isEmpty)
        }
    }

    /// A sensor that is missing or out of its range is not cold.
    @Test func aSensorThatSaysNothingLeavesSixAmperes() throws {
        for reading in [Int32?.none, -401, 1_251, -2_560, .max, .min + 1] {
            var rig = try rig()
            rig.draw = Milliamps(5_000)
            rig.surroundings.temperaturesMove = false
            try rig.startCharging()
            rig.surroundings.boardTemperature = reading.map { DeciCelsius($0) }
            rig.step()
            #expect(rig.output.display.offered == Milliamps(6_000), "\(String(describing: reading))")
            #expect(rig.output.display.limit.reason == .heatUnknown)
            rig.run(.seconds(2))
            #expect(rig.stands(.temperatureUnknown) && rig.output.contactorEnable)
        }
    }

    /// Ten minutes without the least change under load is a dead sensor, and less current does not bring it to life.
    @Test(arguments: [UInt8(1), 3])
    func aFrozenSensorLeavesSixAmperesUntilItMoves(phases: UInt8) throws {
        var rig = try rig(phases: phases)
        rig.surroundings.temperaturesMove = false
        try rig.startCharging()
        let start = rig.now
        while rig.now - start < .seconds(599) { rig.step(after: .milliseconds(20)) }
        #expect(rig.output.display.offered == Milliamps(32_000))
        rig.run(.seconds(2))
        #expect(rig.output.display.offered == Milliamps(6_000))
        rig.draw = Milliamps(4_000)
        for _ in 0..<6_000 {
            rig.step(after: .milliseconds(20))
            #expect(rig.output.display.offered == Milliamps(6_000))
            if rig.output.display.offered != Milliamps(6_000) { return }
        }
        rig.surroundings.boardTemperature = DeciCelsius(301)
        rig.run(.seconds(20))
        #expect(rig.output.display.offered == Milliamps(7_000))
    }
}
