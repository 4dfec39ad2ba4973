import ChargeControl
import Quantities
import Simulator
import Testing

/// A plant on virtual time that starts at 0 with an empty register.
func plantAtRest(energyFactor: Int64 = 1, model: MeterModel = .sdm630) -> Plant {
    Plant(
        at: MonotonicInstant(nanoseconds: 0),
        meter: EnergyMeter(model: model, serial: 4_711, energy: MilliwattHours(0)), energyFactor: energyFactor)
}

extension Plant {
    /// Drives like a firmware for a while: levels and a pulse every 5 ms.
    mutating func run(_ milliseconds: Int64, enable: Bool, pilot: PilotCommand, pulses: Bool = true) {
        var drive = PlantDrive()
        drive.enable = enable
        drive.pilot = pilot
        self.drive(drive)
        let end = now + .milliseconds(milliseconds)
        while now < end {
            if pulses { pulseGate() }
            advance(to: min(end, now + .milliseconds(5)))
        }
    }

    /// Plugs in and charges until the car's current stands still.
    mutating func charge() {
        plug()
        run(1_000, enable: false, pilot: .pwm(Nanoseconds(533_334)))
        run(6_000, enable: true, pilot: .pwm(Nanoseconds(533_334)))
    }

    func at(_ kind: PlantEvent.Kind) -> [Int64] {
        events.filter { $0.kind == kind }.map { $0.at.nanoseconds / 1_000_000 }
    }
}

@Suite("The plant's physics")
struct PhysicsTests {
    @Test("a car charges: B, then C after an offer, current only behind a closed contactor, up to what is offered")
    func charging() {
        var plant = plantAtRest()
        plant.plug()
        plant.run(500, enable: false, pilot: .x1)
        #expect(plant.car.level == .b)
        #expect(plant.pilotPeaks == (Millivolts(9_000), Millivolts(9_000)))
        plant.run(290, enable: false, pilot: .pwm(Nanoseconds(266_700)))
        #expect(plant.car.level == .b)
        plant.run(50, enable: false, pilot: .pwm(Nanoseconds(266_700)))
        #expect(plant.car.level == .c)
        #expect(plant.pilotPeaks == (Millivolts(6_000), Millivolts(-12_000)))
        #expect(plant.power == .zero)
        plant.run(5_000, enable: true, pilot: .pwm(Nanoseconds(266_700)))
        #expect(plant.contactor.isClosed)
        #expect(plant.currents == ThreePhases(all: Milliamps(16_002)))
        #expect(plant.power == Milliwatts(3 * 230_000 * 16_002 / 1_000))
        #expect(plant.loadVoltage(0) == true && plant.mirrorContact == true)
    }

    @Test("the register is the exact sum of power × time, however time is cut", arguments: [1, 7, 60] as [Int64])
    func energy(_ factor: Int64) {
        var plant = plantAtRest(energyFactor: factor)
        var exact: Int128 = 0
        plant.charge()
        exact = 0
        let before = plant.trueImport.total
        for cut in [1, 3, 1, 17, 999, 1_000, 5] as [Int64] {
            for _ in 0..<20 {
                plant.pulseGate()
                let end = plant.now + .milliseconds(cut)
                while plant.now < end {
                    plant.pulseGate()
                    let power = plant.power
                    plant.advance(to: plant.now + .milliseconds(1))
                    // Power is constant in a step and the plant steps in milliseconds; the current stands still here.
                    exact += Int128(power.rawValue) * 1_000_000
                }
            }
        }
        let counted = plant.trueImport.total - before
        let expected = exact * Int128(factor) / 3_600_000_000_000
        #expect(abs(Int128(counted.rawValue) - expected) <= 1)
        #expect(plant.meter.energy.total == plant.trueImport.total)
        #expect(counted > MilliwattHours(0))
    }

    @Test("many small additions lose nothing against one large one")
    func counter() {
        var fine = EnergyCounter(MilliwattHours(5))
        var coarse = EnergyCounter(MilliwattHours(5))
        for _ in 0..<100_000 { fine.add(Milliwatts(7_333), over: .milliseconds(1), permille: 1_000) }
        coarse.add(Milliwatts(7_333), over: .seconds(100), permille: 1_000)
        #expect(fine == coarse)
        #expect(fine.total == MilliwattHours(5 + 7_333 * 100 / 3_600))
        coarse.add(Milliwatts(72_000_000), over: .seconds(3_600), permille: 100_000_000)
        #expect(coarse.total > MilliwattHours(7_200_000_000_000), "no overflow at the largest factors")
    }

    @Test("the contacts follow the coil 20 ms later, both ways")
    func contactorDelay() {
        var plant = plantAtRest()
        plant.run(100, enable: false, pilot: .x1)
        plant.run(100, enable: true, pilot: .x1)
        plant.run(100, enable: false, pilot: .x1)
        #expect(plant.at(.enable) == [100, 200])
        #expect(plant.at(.contactorClosed) == [120])
        #expect(plant.at(.contactorOpened) == [220])
        #expect(plant.contactor.closings == 1 && plant.contactor.openingsUnderLoad == 0)
    }

    @Test("without pulses the gate drops after 150 ms, the contactor opens, and the meter counts until then")
    func gateDrop() throws {
        var plant = plantAtRest()
        plant.charge()
        let stopped = plant.now
        let before = plant.trueImport.total
        // The levels stay as a dead firmware left them.
        plant.advance(to: plant.now + .seconds(2))
        let gate = try #require(plant.events.last { $0.kind == .gate && $0.value == "off" })
        let opened = try #require(plant.contactor.lastOpened)
        let dropped = (gate.at - stopped).wholeMilliseconds
        #expect(dropped >= 100 && dropped <= 200)
        #expect((opened - gate.at).wholeMilliseconds <= 21)
        #expect(!plant.contactor.isClosed && plant.drive.enable)
        #expect(plant.contactor.openingsUnderLoad == 1)
        #expect(plant.contactor.lastOpenedCurrent == Milliamps(32_000))
        let counted = (plant.trueImport.total - before).rawValue
        // 22.08 kW until the contacts opened.
        let whole = 22_080_000 * (opened - stopped).wholeMilliseconds / 3_600_000
        #expect(counted > 0 && abs(counted - whole) <= 22_080_000 * 6 / 3_600_000)
        let later = plant.trueImport.total
        plant.advance(to: plant.now + .seconds(60))
        #expect(plant.trueImport.total == later)
    }

    @Test(
        "every link of the coil's chain opens the contactor", arguments: ["estop on", "residual dc 200", "mains off"])
    func coilChain(_ line: String) throws {
        var plant = plantAtRest()
        plant.charge()
        #expect(try plant.run(line) == "ok")
        plant.run(200, enable: true, pilot: .pwm(Nanoseconds(533_334)))
        #expect(!plant.contactor.isClosed)
        #expect(plant.power == .zero)
    }

    @Test("a welded contactor stays closed and shows it on both senses; one that is stuck open does not close")
    func weld() throws {
        var plant = plantAtRest()
        _ = try plant.run("weld")
        plant.charge()
        plant.run(3_000, enable: false, pilot: .x1)
        #expect(plant.contactor.isClosed)
        #expect(plant.mirrorContact == true && plant.loadVoltage(2) == true)
        _ = try plant.run("contactor ok")
        plant.run(100, enable: false, pilot: .x1)
        #expect(!plant.contactor.isClosed)
        _ = try plant.run("stuck-open")
        plant.run(100, enable: true, pilot: .x1)
        #expect(!plant.contactor.isClosed)
        _ = try plant.run("aux closed")
        _ = try plant.run("load-sense unknown")
        #expect(plant.mirrorContact == true && plant.loadVoltage(1) == nil)
    }

    @Test("a car that obeys ramps down on x1 and opens S2 unloaded; one that does not draws on")
    func stopping() throws {
        var plant = plantAtRest()
        plant.charge()
        plant.run(1_000, enable: true, pilot: .x1)
        #expect(plant.car.level == .c && plant.car.current > .zero)
        plant.run(700, enable: true, pilot: .x1)
        #expect(plant.car.level == .b && plant.car.current == .zero)
        plant.run(100, enable: false, pilot: .x1)
        #expect(plant.contactor.openingsUnderLoad == 0)
        var stubborn = plantAtRest()
        stubborn.charge()
        _ = try stubborn.run("obey off")
        stubborn.run(6_000, enable: true, pilot: .x1)
        #expect(stubborn.car.level == .c && stubborn.car.current == Milliamps(32_000))
        stubborn.run(100, enable: false, pilot: .x1)
        #expect(stubborn.contactor.openingsUnderLoad == 1)
    }

    @Test("the car stops after its target, and counts it on the true register")
    func target() throws {
        var plant = plantAtRest(energyFactor: 1_000)
        plant.charge()
        let start = plant.trueImport.total
        _ = try plant.run("stop-after-kwh 2.5")
        plant.run(5_000, enable: true, pilot: .pwm(Nanoseconds(533_334)))
        #expect(plant.car.isSatisfied && plant.car.level == .b)
        let taken = plant.trueImport.total - start
        #expect(taken >= MilliwattHours(2_500_000))
        _ = try plant.run("stop-after-kwh off")
        plant.run(1_000, enable: true, pilot: .pwm(Nanoseconds(533_334)))
        #expect(plant.car.level == .c)
    }

    @Test("smooth direct current trips within the times of IEC 62955, and not below 6 mA")
    func residual() throws {
        for (current, longest) in [(200, 100), (60, 300), (6, 10_000)] as [(Int, Int64)] {
            var plant = plantAtRest()
            _ = try plant.run("residual dc \(current)")
            plant.run(longest + 5, enable: false, pilot: .x1)
            #expect(plant.residual.trips(at: plant.now).direct, "\(current) mA")
            _ = try plant.run("residual dc 0")
            plant.run(10, enable: false, pilot: .x1)
            #expect(plant.residual.trips(at: plant.now).direct, "a trip stays")
            _ = try plant.run("residual reset")
            #expect(!plant.residual.trips(at: plant.now).direct)
        }
        var plant = plantAtRest()
        _ = try plant.run("residual dc 5")
        plant.run(60_000, enable: false, pilot: .x1)
        #expect(!plant.residual.trips(at: plant.now).direct)
    }

    @Test("a self-test trips the monitor and lets go after it; a dead monitor fails it")
    func selfTest() throws {
        var plant = plantAtRest()
        var drive = PlantDrive()
        drive.residualTest = true
        plant.drive(drive)
        plant.advance(to: plant.now + .milliseconds(50))
        #expect(!plant.residual.trips(at: plant.now).direct)
        plant.advance(to: plant.now + .milliseconds(20))
        #expect(plant.residual.trips(at: plant.now) == (true, true))
        plant.drive(PlantDrive())
        plant.advance(to: plant.now + .milliseconds(110))
        #expect(plant.residual.trips(at: plant.now) == (false, false))
        _ = try plant.run("residual dead on")
        plant.drive(drive)
        plant.advance(to: plant.now + .milliseconds(200))
        #expect(plant.residual.trips(at: plant.now) == (false, false))
    }

    @Test("unplugging ends current and request at once; the diode, a short and a forced pilot show")
    func pilotFaults() throws {
        var plant = plantAtRest()
        plant.charge()
        _ = try plant.run("diode short")
        #expect(plant.pilotPeaks == (Millivolts(6_000), Millivolts(-6_000)))
        _ = try plant.run("pilot short")
        #expect(plant.pilotPeaks == (.zero, .zero))
        _ = try plant.run("pilot 1700")
        #expect(plant.pilotPeaks.high == Millivolts(1_700))
        _ = try plant.run("pilot open")
        #expect(plant.pilotPeaks == (Millivolts(12_000), Millivolts(-12_000)))
        _ = try plant.run("pilot auto")
        _ = try plant.run("pilot-glitch 9000 30")
        #expect(plant.pilotPeaks.high == Millivolts(9_000))
        plant.run(31, enable: true, pilot: .pwm(Nanoseconds(533_334)))
        #expect(plant.pilotPeaks.high == Millivolts(6_000))
        _ = try plant.run("unplug")
        #expect(plant.car.level == .a && plant.power == .zero && plant.proximity == Ohms(1_000_000))
    }

    @Test("the lock takes its time, and a jammed one does not move")
    func lock() throws {
        var plant = plantAtRest()
        var drive = PlantDrive()
        drive.lock = true
        plant.drive(drive)
        plant.advance(to: plant.now + .milliseconds(299))
        #expect(!plant.lock.isLocked)
        plant.advance(to: plant.now + .milliseconds(10))
        #expect(plant.lock.isLocked)
        _ = try plant.run("lock jam")
        plant.drive(PlantDrive())
        plant.advance(to: plant.now + .seconds(2))
        #expect(plant.lock.isLocked)
    }
}
