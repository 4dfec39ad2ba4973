public import BoardIO
import ChargeControl
import Quantities
public import Simulator

extension BoardOutputs {
    /// These outputs as the plant's physics takes them.
    public var drive: PlantDrive {
        var drive = PlantDrive()
        drive.enable = contactorEnable
        drive.phases = phases == .three ? .three : .single
        drive.lock = lock
        drive.residualTest = residualSelfTest
        drive.ventilation = ventilation
        switch pilot {
        case _ where !pilotConnected: drive.pilot = .stateE
        case .x1: drive.pilot = .x1
        case .pwm(let highTime): drive.pilot = .pwm(highTime)
        case .off: drive.pilot = .stateF
        }
        return drive
    }
}

// Sensing mutates, and changes nothing: so a plant is looked at where it lies and not copied, 200 times a second.
extension Plant {
    /// What the board senses now.
    ///
    /// - Parameter number: the sample's, one more than the last.
    public mutating func boardSample(number: UInt64) -> BoardSample {
        var sample = BoardSample()
        sample.number = number
        sample.at = now
        sample.inputsValid = true
        sample.pilotValid = true
        let pilot = pilotSample
        sample.pilotAt = pilot.at
        sample.pilotHigh = pilot.high
        sample.pilotLow = pilot.low
        sample.proximity = proximity
        senseContacts(&sample)
        sample.emergencyStop = sensing.emergencyStop
        let trips = residual.trips(at: now)
        sample.residualDC = trips.direct
        sample.residualAC = trips.alternating
        sample.enclosureOpen = sensing.enclosureOpen
        sample.supplyLow = sensing.supplyLow
        sample.fanRuns = fan.runs
        sample.localReset = sensing.localReset
        sample.boardTemperature = sensing.board.reading(at: now)
        sample.plugTemperature = sensing.plug.reading(at: now)
        senseSupply(&sample)
        return sample
    }

    private mutating func senseContacts(_ sample: inout BoardSample) {
        sample.mirror = mirrorContact.map { $0 ? .closed : .open } ?? .unknown
        sample.secondMirror = secondMirrorContact.map { $0 ? .closed : .open } ?? .unknown
        sample.loadL1 = loadVoltage(0).map { $0 ? .live : .dead } ?? .unknown
        sample.loadL2 = loadVoltage(1).map { $0 ? .live : .dead } ?? .unknown
        sample.loadL3 = loadVoltage(2).map { $0 ? .live : .dead } ?? .unknown
        sample.lock = lockFeedback.map { $0 ? .locked : .unlocked } ?? .unknown
        sample.gate = gateReadback.map { $0 ? .held : .dropped } ?? .unknown
        sample.earth = earthPresent.map { $0 ? .present : .missing } ?? .unknown
    }

    private mutating func senseSupply(_ sample: inout BoardSample) {
        if sensing.measuresCurrents {
            let currents = currents
            sample.currentL1 = currents.first
            sample.currentL2 = currents.second
            sample.currentL3 = currents.third
        }
        if sensing.measuresMains {
            let voltage = mains.measured
            sample.voltageL1 = voltage.first
            sample.voltageL2 = voltage.second
            sample.voltageL3 = voltage.third
            sample.frequency = mains.isLive ? mains.frequency : nil
        }
    }
}
