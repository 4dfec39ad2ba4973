import ChargeControl
import Quantities
import Simulator
import Testing

@Suite("The plant's cars")
struct CarHabitTests {
    let offer = PilotCommand.pwm(Nanoseconds(533_334))

    @Test(
        "a sleeping car asks only after what wakes it, for a second",
        arguments: [("e", PilotCommand.stateE, PilotCommand.stateF), ("f", .stateF, .stateE)])
    func sleeping(_ word: String, _ call: PilotCommand, _ other: PilotCommand) throws {
        var plant = plantAtRest()
        _ = try plant.run("sleep \(word)")
        plant.plug()
        plant.run(60_000, enable: false, pilot: offer)
        #expect(plant.car.level == .b && plant.car.isAsleep)
        plant.run(4_000, enable: false, pilot: other)
        plant.run(2_000, enable: false, pilot: offer)
        #expect(plant.car.level == .b, "it does not listen to that")
        plant.run(900, enable: false, pilot: call)
        plant.run(2_000, enable: false, pilot: offer)
        #expect(plant.car.level == .b, "too short")
        plant.run(4_000, enable: false, pilot: call)
        plant.run(2_000, enable: false, pilot: offer)
        #expect(plant.car.level == .c && !plant.car.isAsleep)
        plant.unplug()
        plant.plug()
        plant.run(2_000, enable: false, pilot: offer)
        #expect(plant.car.level == .b, "it sleeps again when it comes again")
    }

    @Test("a simplified car is in C from plugging in, and draws at most 10 A and only what is offered")
    func simplified() throws {
        var plant = plantAtRest()
        _ = try plant.run("simplified on")
        plant.plug()
        plant.run(100, enable: false, pilot: .x1)
        #expect(plant.car.level == .c && plant.pilotPeaks == (Millivolts(6_000), Millivolts(6_000)))
        plant.run(5_000, enable: true, pilot: offer)
        #expect(plant.car.current == Milliamps(10_000))
        plant.run(3_000, enable: true, pilot: .x1)
        #expect(plant.car.current == .zero && plant.car.level == .c)
    }

    @Test("a car that toggles goes B-C-B in its own time, and opens S2 under load")
    func toggling() throws {
        var plant = plantAtRest()
        plant.plug()
        _ = try plant.run("toggle 300 200")
        plant.resetCounts()
        let start = plant.now
        plant.run(1_000, enable: true, pilot: offer)
        let changes = plant.events.filter { $0.kind == .pilotLevel }.map {
            "\($0.value) \(($0.at - start).wholeMilliseconds)"
        }
        #expect(changes == ["C 1", "B 301", "C 501", "B 801"])
        _ = try plant.run("toggle off")
        plant.run(1_000, enable: true, pilot: offer)
        #expect(plant.car.level == .c)
    }

    @Test("a car that needs ventilation shows D")
    func ventilated() throws {
        var plant = plantAtRest()
        _ = try plant.run("ventilation on")
        plant.charge()
        #expect(plant.car.level == .d && plant.pilotPeaks.high == Millivolts(3_000))
    }

    @Test("another car has other habits, and the same seed has the same ones")
    func swap() throws {
        var plant = plantAtRest()
        _ = try plant.run("plug 3")
        let first = plant.car
        _ = try plant.run("plug 4")
        #expect(plant.car == first, "one car at a time")
        _ = try plant.run("unplug")
        _ = try plant.run("plug 4")
        #expect(plant.car != first)
        #expect(Car(seed: 3) == Car(seed: 3))
        let cars = (0..<200).map { Car(seed: $0) }
        #expect(cars.contains { $0.isSimplified } && cars.contains { $0.sleep == .untilCut })
        #expect(cars.contains { !$0.hasDiode } && cars.contains { !$0.obeys } && cars.contains { $0.needsVentilation })
        #expect(cars.count { $0.obeys && $0.hasDiode && $0.wants } > 120, "most cars are decent")
    }
}
