public import ChargeControl
import Quantities

/// The plant as the charger's board in virtual time: what it senses goes straight into the control core, what the core
/// wants goes straight to the plant. The daemon does the same by way of `BoardSample` and `BoardOutputs`.
extension Plant {
    /// Writes what the board senses now. Everything that a board does not sense (meter readings, records, grants, limits,
    /// lateness) is left as it is.
    public func senses(into input: inout ControlInput) {
        input.pilot = pilotSample
        input.contactor = ContactorFeedback(
            mirror: Self.feedback(mirrorContact), secondMirror: Self.feedback(secondMirrorContact),
            firstLoad: Self.feedback(loadVoltage(0)), secondLoad: Self.feedback(loadVoltage(1)),
            thirdLoad: Self.feedback(loadVoltage(2)))
        senseSupply(into: &input)
        input.boardTemperature = sensing.board.reading(at: now)
        input.plugTemperature = sensing.plug.reading(at: now)
        input.earthPresent = earthPresent
        input.enclosureOpen = sensing.enclosureOpen
        input.supplyLow = sensing.supplyLow
        input.gateHeld = gateReadback
        input.lock =
            switch lockFeedback {
            case true?: .locked
            case false?: .unlocked
            case nil: .unknown
            }
        input.fanRuns = fan.runs
        input.localReset = sensing.localReset
        input.emergencyStop = sensing.emergencyStop
        let trips = residual.trips(at: now)
        input.residualDirect = trips.direct
        input.residualAlternating = trips.alternating
        input.proximity = proximity
    }

    private func senseSupply(into input: inout ControlInput) {
        input.currents = PhaseCurrents(first: nil, second: nil, third: nil)
        if sensing.measuresCurrents {
            let currents = currents
            input.currents = PhaseCurrents(first: currents.first, second: currents.second, third: currents.third)
        }
        input.mains = .unknown
        if sensing.measuresMains {
            let voltage = mains.measured
            input.mains = MainsVoltages(
                first: voltage.first, second: voltage.second, third: voltage.third,
                frequency: mains.isLive ? mains.frequency : nil)
        }
    }

    /// Drives the board's outputs as the core wants them, and pulses the gate where that is allowed.
    public mutating func obey(_ output: ControlOutput) {
        var next = PlantDrive()
        next.pilot = output.pilot
        next.enable = output.contactorEnable
        next.phases = output.phases
        next.lock = output.lock
        next.residualTest = output.residualTest
        next.ventilation = output.ventilation
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
