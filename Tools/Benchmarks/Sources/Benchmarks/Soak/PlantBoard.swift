import BoardIO
import ChargeControl
import Quantities
import Simulator
import SimulatorBoard

/// The simulator's plant in virtual time, as the board of a charger in this process.
///
/// One thread alone touches it: the one that runs the loop.
final class PlantBoard: Board, @unchecked Sendable {
    let profile: BoardProfile
    private(set) var plant: Plant
    private var samples: UInt64 = 0

    /// - Parameter energyFactor: how many times the meter counts what flows.
    init(_ profile: BoardProfile, register: MilliwattHours, energyFactor: UInt32, at now: MonotonicInstant) {
        self.profile = profile
        plant = Plant(
            at: now, meter: EnergyMeter(model: .sdm630, serial: 7, energy: register),
            energyFactor: Int64(energyFactor), step: .milliseconds(5))
    }

    func advance(to now: MonotonicInstant) { plant.advance(to: now) }

    /// What is true now, whatever the board senses.
    func truth() -> PlantTruth { plant.truth() }

    /// Has something happen in the plant, in its script's words.
    func run(_ line: String) throws { _ = try plant.run(line) }

    func start() throws(BoardError) {}
    func stop() {}
    func report() -> BoardReport { BoardReport() }
    func sample() -> BoardSample {
        samples += 1
        var sample = plant.boardSample(number: samples)
        sample.gridIsLimited = false
        return sample
    }
    func apply(_ outputs: BoardOutputs) { plant.drive(outputs.drive) }
    func pulseGate() { plant.pulseGate() }
    func openContactor() { apply(.safe) }
}
