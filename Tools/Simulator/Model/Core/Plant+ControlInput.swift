public import ChargeControl
import Quantities

/// The plant as the charger's board in virtual time: what it senses goes straight into the control core, what the core
/// wants goes straight to the plant. The daemon does the same by way of `BoardSample` and `BoardOutputs`.
extension Plant {
    /// Writes what the board senses now. Everything that a board does not sense (meter readings, records, grants, limits,
    /// lateness) is left as it is.
    public func senses(into input: inout ControlInput) {
        let peaks = pilotPeaks
        input.pilot = PilotSample(high: peaks.high, low: peaks.low, at: now)
        input.contactor = ContactorFeedback(mirror: Self.feedback(auxiliaryContact), load: Self.feedback(loadVoltage))
        let currents = currents
        input.currents = PhaseCurrents(first: currents[0], second: currents[1], third: currents[2])
        let voltage = mains.isLive ? mains.voltage : [.zero, .zero, .zero]
        input.mains = MainsVoltages(
            first: voltage[0], second: voltage[1], third: voltage[2], frequency: mains.frequency)
        input.boardTemperature = sensing.temperature
        input.earthPresent = true
        input.gateHeld = gate.isHeld(at: now)
        input.lock = lock.isLocked ? .locked : .unlocked
        input.emergencyStop = sensing.emergencyStop
        let trips = residual.trips(at: now)
        input.residualDirect = trips.direct
        input.residualAlternating = trips.alternating
        input.proximity = proximity
    }

    /// Drives the board's outputs as the core wants them, and pulses the gate where that is allowed.
    public mutating func obey(_ output: ControlOutput) {
        var next = PlantDrive()
        next.pilot = output.pilot
        next.enable = output.contactorEnable
        next.lock = output.lock
        next.residualTest = output.residualTest
        drive(next)
        if output.gatePulseAllowed { pulseGate() }
    }

    /// A reading of the meter as it shows itself on its bus now.
    public func reading(number: UInt64) -> EnergySample {
        EnergySample(number: number, imported: meter.face.energy, at: now)
    }

    private static func feedback(_ contact: Bool?) -> ContactFeedback {
        switch contact {
        case true?: .closed
        case false?: .open
        case nil: .unknown
        }
    }
}
