import ChargeControl
import Quantities
import Simulator
import Testing

@Suite("What the plant's board senses")
struct BoardSensesTests {
    @Test("noise stays within its amplitude, moves, and is the same for the same seed")
    func noise() throws {
        func peaks(seed: Int) throws -> [Int32] {
            var plant = plantAtRest()
            plant.plug()
            _ = try plant.run("pilot-noise 200 \(seed)")
            return (0..<500).map { _ in
                plant.run(1, enable: false, pilot: .pwm(Nanoseconds(266_700)))
                #expect(abs(plant.pilotPeaks.low.rawValue + 12_000) <= 200)
                return plant.pilotPeaks.high.rawValue
            }
        }
        let first = try peaks(seed: 1)
        #expect(first.suffix(100).allSatisfy { abs($0 - 6_000) <= 200 || abs($0 - 9_000) <= 200 })
        #expect(Set(first).count > 100)
        #expect(try peaks(seed: 1) == first)
        #expect(try peaks(seed: 2) != first)
    }

    @Test("a ramp moves the positive peak evenly and stays at its end; a steady pilot is the same on both sides")
    func ramp() throws {
        var plant = plantAtRest()
        plant.plug()
        _ = try plant.run("pilot-ramp 0 13000 13000")
        for second in 0..<13 {
            #expect(plant.pilotPeaks == (Millivolts(Int32(second) * 1_000), Millivolts(Int32(second) * 1_000)))
            plant.run(1_000, enable: false, pilot: .x1)
        }
        plant.run(500, enable: false, pilot: .x1)
        #expect(plant.pilotPeaks.high == Millivolts(13_000))
        plant.run(1, enable: false, pilot: .pwm(Nanoseconds(266_700)))
        #expect(plant.pilotPeaks.low == Millivolts(-12_000))
        _ = try plant.run("pilot auto")
        #expect(plant.pilotPeaks.high == Millivolts(9_000))
    }

    @Test("a sampler that stands still leaves its last sample to age")
    func sampler() throws {
        var plant = plantAtRest()
        plant.plug()
        plant.run(10, enable: false, pilot: .x1)
        _ = try plant.run("sampler off")
        let last = plant.pilotSample
        plant.unplug()
        plant.run(50, enable: false, pilot: .x1)
        #expect(plant.pilotSample == last && plant.now - last.at == .milliseconds(50))
        _ = try plant.run("sampler on")
        #expect(plant.pilotSample.high == Millivolts(12_000) && plant.pilotSample.at == plant.now)
    }

    @Test("a sound probe trembles by its last digit; a frozen one does not, and a missing one says nothing")
    func probes() throws {
        var plant = plantAtRest()
        func readings(_ seconds: Int, _ probe: (Plant) -> DeciCelsius?) -> Set<Int32?> {
            var seen: Set<Int32?> = []
            for _ in 0..<seconds {
                plant.run(1_000, enable: false, pilot: .x1)
                seen.insert(probe(plant)?.rawValue)
            }
            return seen
        }
        _ = try plant.run("temperature 600")
        #expect(readings(4) { $0.sensing.board.reading(at: $0.now) } == [600, 601])
        _ = try plant.run("temperature frozen")
        #expect(readings(4) { $0.sensing.board.reading(at: $0.now) }.count == 1)
        _ = try plant.run("plug-temperature none")
        #expect(readings(2) { $0.sensing.plug.reading(at: $0.now) } == [nil])
        _ = try plant.run("plug-temperature 905")
        #expect(readings(4) { $0.sensing.plug.reading(at: $0.now) } == [905, 906])
    }

    @Test("the fan runs after its delay, and a broken one never does")
    func fan() throws {
        var plant = plantAtRest()
        var drive = PlantDrive()
        drive.ventilation = true
        plant.drive(drive)
        plant.advance(to: plant.now + .milliseconds(999))
        #expect(!plant.fan.runs)
        plant.advance(to: plant.now + .milliseconds(2))
        #expect(plant.fan.runs)
        _ = try plant.run("fan broken")
        plant.advance(to: plant.now + .milliseconds(1))
        #expect(!plant.fan.runs)
        _ = try plant.run("fan ok")
        plant.drive(PlantDrive())
        plant.advance(to: plant.now + .milliseconds(1))
        #expect(!plant.fan.runs)
    }

    @Test("the lock jams either way, is lost, and comes back after its motor's time")
    func lock() throws {
        var plant = plantAtRest()
        func want(_ locked: Bool, _ milliseconds: Int64 = 400) -> Bool {
            var drive = PlantDrive()
            drive.lock = locked
            plant.drive(drive)
            plant.advance(to: plant.now + .milliseconds(milliseconds))
            return plant.lock.isLocked
        }
        _ = try plant.run("lock jam-open")
        #expect(!want(true))
        _ = try plant.run("lock jam-locked")
        #expect(want(true), "this jam still locks")
        #expect(want(false, 2_000), "and does not let go")
        _ = try plant.run("lock ok")
        #expect(!want(false))
        #expect(want(true))
        _ = try plant.run("lock lost")
        #expect(!want(true), "out of its hole though it is driven")
        _ = try plant.run("lock ok")
        #expect(!want(true, 200))
        #expect(want(true, 200))
        _ = try plant.run("lock-sense unknown")
        #expect(plant.lockFeedback == nil && plant.lock.isLocked)
    }

    @Test("everything that the board senses reaches the core's input, and the core's outputs reach the plant")
    func bridge() throws {
        var plant = plantAtRest()
        plant.charge()
        for line in [
            "voltage L2 207000", "frequency 49900", "temperature 600", "plug-temperature 700", "earth off",
            "enclosure open", "supply low", "reset-button on", "estop on", "cable 680", "aux second unknown",
            "load-sense L3 dead", "lock-sense locked", "gate-sense dropped", "residual dc 200", "sampler off",
        ] { #expect(try plant.run(line) == "ok", "\(line)") }
        let at = plant.now
        plant.advance(to: plant.now + .milliseconds(110))
        var input = ControlInput()
        plant.senses(into: &input)
        #expect(input.pilot == PilotSample(high: Millivolts(6_000), low: Millivolts(-12_000), at: at))
        #expect(
            input.contactor
                == ContactorFeedback(
                    mirror: .open, secondMirror: .unknown, firstLoad: .open, secondLoad: .open, thirdLoad: .open))
        #expect(
            input.mains
                == MainsVoltages(
                    first: Millivolts(230_000), second: Millivolts(207_000), third: Millivolts(230_000),
                    frequency: Millihertz(49_900)))
        #expect(input.boardTemperature.map { $0 >= DeciCelsius(600) && $0 <= DeciCelsius(601) } == true)
        #expect(input.plugTemperature.map { $0 >= DeciCelsius(700) && $0 <= DeciCelsius(701) } == true)
        #expect(input.earthPresent == false && input.enclosureOpen && input.supplyLow && input.localReset)
        #expect(input.emergencyStop && input.residualDirect && !input.residualAlternating)
        #expect(input.proximity == Ohms(680) && input.lock == .locked && input.gateHeld == false && !input.fanRuns)
        #expect(input.currents == PhaseCurrents(first: .zero, second: .zero, third: .zero))
        _ = try plant.run("current-sense off")
        _ = try plant.run("mains-sense off")
        plant.senses(into: &input)
        #expect(input.currents == PhaseCurrents(first: nil, second: nil, third: nil) && input.mains == .unknown)
    }

    @Test("the core charges the plant's car by way of the bridge")
    func coreDrivesPlant() throws {
        var plant = plantAtRest()
        var options = ControlOptions()
        options.hasPilotRelay = true
        options.switchesPhases = true
        options.watchesEarth = true
        options.watchesVoltage = true
        options.hasGateReadback = true
        options.hasBothFeedbacks = true
        options.hasBoardTemperature = true
        options.hasPlugTemperature = true
        var controller = ChargeController(
            try ControlConfiguration(
                maximumCurrent: Milliamps(32_000), phases: 3, cable: .tethered(rating: Milliamps(32_000)),
                meterPollPeriod: .seconds(1), simulatedBoard: true, options: options))
        var input = ControlInput()
        input.meter = .ok
        input.recordStore = .ok
        input.authorization = Authorization(
            slot: 1, energyLimit: MilliwattHours(50_000_000), energyLimitCause: .grant, currentLimit: nil,
            deadline: nil, deadlineCause: .grant)
        plant.plug()
        var readings: UInt64 = 0
        for step in 0..<6_000 {
            plant.advance(to: plant.now + .milliseconds(5))
            plant.senses(into: &input)
            if step % 100 == 0 {
                readings += 1
                input.energy = plant.reading(number: readings)
            }
            let output = controller.step(input, at: plant.now)
            for place in 0..<output.records.count {
                if case .begin(let mark) = output.records[place] { input.durableBegin = mark.session }
            }
            plant.obey(output)
        }
        #expect(plant.contactor.isClosed && plant.secondContactor.isClosed)
        #expect(plant.currents.third > Milliamps(30_000))
        #expect(plant.contactor.openingsUnderLoad == 0)
    }
}
