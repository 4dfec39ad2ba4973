import ChargeControl
import Quantities
import Simulator
import Testing

@Suite("The plant's two contactors")
struct ContactorPoleTests {
    /// A plant whose car draws behind both contactors.
    private func charging() -> Plant {
        var plant = plantAtRest()
        plant.charge()
        return plant
    }

    /// Drives for a while with the phase relay in a position.
    private func drive(_ plant: inout Plant, _ milliseconds: Int64, enable: Bool, phases: PhaseMode) {
        var drive = PlantDrive()
        drive.enable = enable
        drive.phases = phases
        drive.pilot = .pwm(Nanoseconds(533_334))
        plant.drive(drive)
        let end = plant.now + .milliseconds(milliseconds)
        while plant.now < end {
            plant.pulseGate()
            plant.advance(to: plant.now + .milliseconds(5))
        }
    }

    @Test("the phase relay at rest leaves L2 and L3 open: current and power on L1 alone, and the feedbacks say so")
    func singlePhase() {
        var plant = charging()
        #expect(plant.currents == ThreePhases(all: Milliamps(32_000)))
        drive(&plant, 100, enable: false, phases: .three)
        drive(&plant, 5_000, enable: true, phases: .single)
        #expect(plant.currents == ThreePhases(Milliamps(32_000), .zero, .zero))
        #expect(plant.power == Milliwatts(7_360_000))
        #expect(plant.mirrorContact == true && plant.secondMirrorContact == false)
        #expect(plant.loadVoltage(0) == true && plant.loadVoltage(1) == false && plant.loadVoltage(2) == false)
        #expect(plant.at(.secondContactorOpened).count == 1)
        drive(&plant, 100, enable: true, phases: .three)
        #expect(plant.isClosed(.second) && plant.isClosed(.third), "the relay alone closes them under load")
    }

    @Test("the emergency stop, a lost gate and the monitor open both contactors", arguments: ["estop on", "gate lost"])
    func bothOpen(_ line: String) throws {
        var plant = charging()
        _ = try plant.run(line)
        plant.run(200, enable: true, pilot: .pwm(Nanoseconds(533_334)))
        #expect(!plant.contactor.isClosed && !plant.secondContactor.isClosed)
        #expect(plant.gateReadback == (line == "estop on"), "a gate that is lost stays dropped though it is pulsed")
    }

    @Test("one welded pole holds its phase and its mirror contact, the others open", arguments: ContactorPole.allCases)
    func weldedPole(_ pole: ContactorPole) throws {
        var plant = charging()
        _ = try plant.run("weld \(pole.rawValue)")
        plant.run(200, enable: false, pilot: .x1)
        for other in ContactorPole.allCases { #expect(plant.isClosed(other) == (other == pole), "\(other)") }
        let isMain = pole == .first || pole == .neutral
        #expect(plant.mirrorContact == isMain && plant.secondMirrorContact == !isMain)
        #expect(plant.loadVoltage(0) == (pole == .first))
        #expect(plant.loadVoltage(1) == (pole == .second) && plant.loadVoltage(2) == (pole == .third))
        _ = try plant.run("contactor ok")
        plant.run(50, enable: false, pilot: .x1)
        #expect(!plant.isAnyPhaseClosed && plant.mirrorContact == false && plant.secondMirrorContact == false)
    }

    @Test("a contactor can weld closed while nothing drives it")
    func weldClosed() throws {
        var plant = plantAtRest()
        _ = try plant.run("weld-closed")
        plant.run(10, enable: false, pilot: .x1)
        #expect(ContactorPole.allCases.allSatisfy { plant.isClosed($0) })
        #expect(plant.at(.contactorClosed).count == 1)
    }

    @Test("a broken pole does not conduct though its mirror contact says closed; without N nothing flows")
    func brokenPole() throws {
        var plant = charging()
        _ = try plant.run("stuck-open L2")
        plant.run(50, enable: true, pilot: .pwm(Nanoseconds(533_334)))
        #expect(plant.secondMirrorContact == true && plant.loadVoltage(1) == false && plant.loadVoltage(2) == true)
        #expect(plant.currents == ThreePhases(Milliamps(32_000), .zero, Milliamps(32_000)))
        _ = try plant.run("stuck-open N")
        plant.run(50, enable: true, pilot: .pwm(Nanoseconds(533_334)))
        #expect(plant.currents == ThreePhases(all: .zero) && plant.power == .zero)
    }

    @Test("an armature that sticks holds all of its contactor's poles, either way")
    func armature() throws {
        var plant = charging()
        _ = try plant.run("stuck-closed second")
        plant.run(200, enable: false, pilot: .x1)
        #expect(!plant.contactor.isClosed && plant.isClosed(.second) && plant.isClosed(.third))
        var other = plantAtRest()
        _ = try other.run("stuck-open main")
        other.run(200, enable: true, pilot: .x1)
        #expect(other.mirrorContact == false && other.secondMirrorContact == true)
        _ = try other.run("contactor-delay 500")
        other.run(200, enable: false, pilot: .x1)
        #expect(other.secondContactor.isClosed, "slow to open")
        other.run(400, enable: false, pilot: .x1)
        #expect(!other.secondContactor.isClosed)
    }

    @Test("each feedback can lie or be lost by itself")
    func feedbackFaults() throws {
        var plant = charging()
        for line in ["aux second open", "load-sense L2 unknown", "load-sense L3 dead", "gate-sense unknown"] {
            #expect(try plant.run(line) == "ok")
        }
        #expect(plant.mirrorContact == true && plant.secondMirrorContact == false)
        #expect(plant.loadVoltage(0) == true && plant.loadVoltage(1) == nil && plant.loadVoltage(2) == false)
        #expect(plant.gateReadback == nil)
        _ = try plant.run("aux ok")
        _ = try plant.run("load-sense ok")
        #expect(plant.secondMirrorContact == true && plant.loadVoltage(1) == true && plant.loadVoltage(2) == true)
    }

    @Test("a phase that is missing in front is dead behind, and without L1 both coils drop")
    func missingPhase() throws {
        var plant = charging()
        _ = try plant.run("voltage L3 0")
        plant.run(50, enable: true, pilot: .pwm(Nanoseconds(533_334)))
        #expect(plant.loadVoltage(2) == false && plant.isClosed(.third))
        #expect(plant.currents.third == .zero && plant.currents.second == Milliamps(32_000))
        _ = try plant.run("voltage L1 0")
        plant.run(50, enable: true, pilot: .pwm(Nanoseconds(533_334)))
        #expect(!plant.isAnyPhaseClosed)
    }

    @Test("a plant that steps in 5 ms counts the same energy as one that steps in 1 ms")
    func coarseSteps() {
        func energy(step: Nanoseconds) -> MilliwattHours {
            var plant = Plant(
                at: MonotonicInstant(nanoseconds: 0),
                meter: EnergyMeter(model: .sdm630, serial: 1, energy: MilliwattHours(0)), step: step)
            plant.charge()
            let before = plant.trueImport.total
            plant.run(36_000, enable: true, pilot: .pwm(Nanoseconds(533_334)))
            return plant.trueImport.total - before
        }
        #expect(energy(step: .milliseconds(1)) == energy(step: .milliseconds(5)))
        #expect(abs(energy(step: .milliseconds(5)).rawValue - 220_800) <= 1, "22.08 kW for 36 s")
    }
}
