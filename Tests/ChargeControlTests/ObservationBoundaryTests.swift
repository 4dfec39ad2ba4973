import ChargeControl
import Quantities
import Testing

/// What the core takes from its senses, and what it does not (`ChargeController+Observation.swift`).
@Suite struct ObservationBoundaryTests {
    /// A sample that is older than one already seen says nothing any more, of the diode either.
    @Test func anOlderSampleIsNoWitnessOfTheDiode() throws {
        var rig = try Rig()
        try rig.startOffering()
        rig.car = .c
        var isClosed = false
        for _ in 0..<300 where !isClosed {
            rig.pilotIsSampled = true
            rig.step()
            isClosed = rig.output.contactorEnable
            rig.pilotIsSampled = false
            if let seen = rig.input.pilot {
                rig.input.pilot = PilotSample(high: seen.high, low: Millivolts(9_000), at: seen.at - .milliseconds(1))
            }
            rig.step()
            isClosed = isClosed || rig.output.contactorEnable
        }
        #expect(isClosed)
    }

    @Test func withoutASensorNoHeatLimits() throws {
        var rig = try Rig()
        try rig.startCharging()
        #expect(rig.output.display.limit.current == Milliamps(32_000))
        #expect(rig.output.display.limit.source != .temperature)
    }

    /// One of two sensors that is not read reduces, whichever it is.
    @Test(arguments: ["board", "plug"])
    func oneUnknownTemperatureReduces(missing: String) throws {
        var rig = try Rig(
            options: .with {
                $0.hasBoardTemperature = true
                $0.hasPlugTemperature = true
            })
        try rig.startCharging()
        #expect(rig.output.display.limit.reason == .cableRating)
        if missing == "board" {
            rig.surroundings.boardTemperature = nil
        } else {
            rig.surroundings.plugTemperature = nil
        }
        rig.run(.seconds(2))
        #expect(rig.output.display.limit.reason == .heatUnknown)
        #expect(rig.output.display.limit.current == Milliamps(6_000))
    }

    /// A monitor that shows an alternating current is not tested; nor is one that shows a direct one.
    @Test(arguments: ["direct", "alternating"])
    func aMonitorThatTripsIsNotTested(trip: String) throws {
        var rig = try Rig(options: .with { $0.hasResidualTest = true })
        if trip == "direct" { rig.surroundings.direct = true } else { rig.surroundings.alternating = true }
        rig.run(.seconds(5)) { #expect(!$0.output.residualTest) }
        rig.surroundings.direct = false
        rig.surroundings.alternating = false
        try rig.await(.seconds(1)) { $0.output.residualTest }
    }

    /// The fan runs for sessions.
    @Test func aCarInDWithoutASessionStartsNoFan() throws {
        var rig = try Rig(options: .with { $0.hasVentilation = true })
        rig.car = .d
        rig.run(.seconds(2)) { #expect(!$0.output.ventilation) }
    }

    /// A charger without ventilation does not believe a fan that says it runs.
    @Test func aFanThatIsNotThereDoesNotRun() throws {
        var rig = try Rig(options: .with { $0.wakeUp = .never })
        rig.surroundings.fanIsStuck = true
        try rig.startOffering()
        rig.car = .c
        rig.run(.milliseconds(450))
        // One sample of D breaks the 500 ms of C.
        rig.car = .d
        rig.step()
        rig.car = .c
        rig.run(.milliseconds(495)) { #expect(!$0.output.contactorEnable) }
        try rig.await(.milliseconds(50)) { $0.output.contactorEnable }
    }

    /// The fan runs on for 300 s after the last sample of D, to the step.
    @Test func theFanRunsOnForFiveMinutes() throws {
        var rig = try Rig(
            options: .with {
                $0.hasVentilation = true
                $0.wakeUp = .never
            })
        try rig.startOffering()
        rig.car = .d
        rig.run(.seconds(2))
        #expect(rig.output.ventilation)
        let last = rig.now
        rig.car = .b
        try rig.await(.seconds(301)) { !$0.output.ventilation }
        #expect(rig.now - last == .seconds(300))
    }

    /// A sensor that stands still is frozen only under load, which begins above 13 A over all phases.
    @Test(arguments: [Int32(13_000), 13_001])
    func aLoadIsMoreThanThirteenAmperes(total: Int32) throws {
        var rig = try Rig(
            options: .with {
                $0.hasBoardTemperature = true
                $0.hasPlugTemperature = true
            })
        rig.surroundings.temperaturesMove = false
        rig.currents = {
            if $0.first ?? .zero > .zero {
                $0 = PhaseCurrents(first: Milliamps(5_000), second: Milliamps(5_000), third: Milliamps(total - 10_000))
            }
        }
        try rig.startCharging()
        let start = rig.now
        while rig.now - start < .seconds(602) { rig.step(after: .milliseconds(20)) }
        #expect(rig.stands(.temperatureUnknown) == (total > 13_000))
    }
}
