internal import ChargeControl
import Quantities
import ServiceShell

// What a technician is told beside a fault's sentence for users: what the board sees now, and where to look. One case a
// fault: the compiler refuses a fault without advice.
extension FaultCode {
    /// Where to look, in the order in which it is most often found.
    var check: String {
        switch self {
        case .contactorWelded:
            "mains off; measure each pole of the contactor: one is welded. Replace it, then its load-side sensing"
        case .contactorNotOpened:
            "the coil's supply after the enable falls; a stuck armature; the wiring of the mirror contact"
        case .phasesUnbidden: "the phase contactor's poles of L2 and L3, its coil, and the phase relay's line"
        case .residualDirect:
            "the car and the cable by exchange; then moisture in socket and terminals; then the monitor by rcd test"
        case .residualSelfTestFailed:
            "the monitor's supply, its test line and its trip line; that L1 to N pass through its core"
        case .emergencyStop: "the button is released; its wire: an open one counts as pressed; then a local reset"
        case .residualAlternating:
            "the car and the cable by exchange; then insulation of the cable behind the contactor"
        case .earthMissing:
            "the protective conductor's terminals up to the distribution; then the earth monitor and its line"
        case .overcurrentHardware:
            "the current at the terminals against the meter; the transformers' ratio; then the car"
        case .contactorNotClosed:
            "the coil's supply, the gate and the enable line; the wiring of the mirror contact; then the contactor"
        case .poleNotClosed:
            "the mains before the contactor, phase by phase; then the pole; then the load-side sensing"
        case .contactorUnobserved:
            "the wires of mirror contact and load-side sensing, and their lines in the board profile"
        case .pilotShorted:
            "unplug: if it goes, car or cable; if not, the pilot's wire to earth between board and socket"
        case .pilotInvalid:
            "unplug: if it goes, car or cable; if not, the pilot's wire, and the board's ±12 V by the command pilot"
        case .pilotNegative: "unplug: if it goes, the car; if not, the pilot's driver and its PWM"
        case .diodeMissing: "another car; the pilot's low level in the command pilot has to be near -12 V with PWM on"
        case .overvoltage, .undervoltage:
            "the mains at the charger's terminals, each phase against neutral, also under load"
        case .undervoltageDeep:
            "fuses and residual-current breaker before the charger; the neutral conductor; then the sensing"
        case .enclosureOpen: "the cover, its contact and the contact's wire"
        case .brownOut: "the board's supply under load and its connector; the mains at the power supply"
        case .gateLost: "the coil gate's pulse line, its one-shot and the readback's wire"
        case .pilotStale: "the board's converter or its companion: the log names the device that does not answer"
        case .loopStalled, .loopLate:
            "what else runs on the board: priority of the unit, storage, temperature; status shows the delays"
        case .ventilationMissing:
            "the car asks for ventilation: fan, its feedback and its line; without a fan this car cannot charge here"
        case .overcurrent:
            "the car draws more than the pilot offers: another car; then the pilot's duty cycle by the command pilot"
        case .overTemperature: "ventilation and dust, sunlight, and the terminals' torque; temps shows the sensors"
        case .plugOverTemperature:
            "the socket's contacts and the terminals behind them: burnt or loose ones; then the sensor"
        case .cableChanged: "the plug's seat and its coding contact; then the proximity wire"
        case .proximityFault:
            "another cable; the command pp shows the resistance: 100, 220, 680 or 1500 Ω are cables"
        case .lockFailed: "the plug's seat; the lock's motor, its supply and its contact"
        case .lockLost: "the lock's contact and its wire; play in the lock; somebody who pulled"
        case .unlockFailed: "tension on the cable; the lock's motor and its contact; then the emergency release"
        case .voltageUnknown:
            "the meter that measures the mains: bus scan tells a wrong unit number from a dead line; bus counts its errors"
        case .meterDistrusted:
            "the meter was exchanged, reset or has another profile: meter shows what was refused; bus scan, who answers"
        case .recordsFailed:
            "room and health of the storage: selftest, journal and log; a full disk, a card at its end"
        case .meterLost, .meterSilent:
            "bus scan: does it answer, under which unit? If none: its supply, speed and format, A and B, the terminating resistor"
        case .temperatureUnknown: "the sensor's connector; temps shows which one is unknown"
        case .contactorFeedbackLost: "the wires of mirror contact and load-side sensing: one of the two is not read"
        case .contactorWorn: "the contactor is at its rated number of operations: replace it"
        case .residualSelfTestOverdue: "rcd test, with no car plugged in"
        case .recordsNearlyFull: "the ledger has to take records first: the command ledger shows why it does not"
        }
    }

    /// What the board shows of it now; nil where it shows nothing more than the fault.
    func evidence(in sample: ConnectorSample) -> String? {
        switch self {
        case .contactorWelded, .contactorNotOpened, .contactorNotClosed, .poleNotClosed, .contactorUnobserved,
            .contactorFeedbackLost, .phasesUnbidden:
            return Self.positions(sample.contactor)
        case .pilotShorted, .pilotInvalid, .pilotNegative, .diodeMissing, .pilotStale, .overcurrent:
            return Self.pilot(sample)
        case .earthMissing: return sample.earthPresent == nil ? "the earth monitor is not read" : nil
        case .overvoltage, .undervoltage, .undervoltageDeep, .voltageUnknown:
            return sample.voltages.isEmpty ? "no voltage is measured" : Self.voltages(sample.voltages)
        case .overTemperature: return Self.temperature(sample.boardTemperature)
        case .plugOverTemperature: return Self.temperature(sample.plugTemperature)
        case .temperatureUnknown:
            return "board \(Self.temperature(sample.boardTemperature)), "
                + "plug \(Self.temperature(sample.plugTemperature))"
        case .proximityFault, .cableChanged:
            return sample.proximity.map { "\($0.rawValue) Ω" } ?? "the coding contact is open or not read"
        case .lockFailed, .lockLost, .unlockFailed: return "the lock's contact says \(sample.lock.rawValue)"
        default: return nil
        }
    }

    private static func positions(_ contactor: ConnectorSample.Contactor) -> String {
        let loads = contactor.loads.enumerated().map { "behind L\($0.offset + 1) \($0.element.rawValue)" }
        return "told to \(contactor.isEnabled ? "close" : "open"); mirror contact \(contactor.mirror.rawValue), second "
            + "\(contactor.secondMirror.rawValue); " + loads.joined(separator: ", ")
    }

    private static func pilot(_ sample: ConnectorSample) -> String {
        let levels = [("high", sample.pilot.high), ("low", sample.pilot.low)].map { name, level in
            "\(name) \(level.map { DecimalText.fixed(Int64($0.rawValue), digits: 3) + " V" } ?? "not read")"
        }
        let offered = DecimalText.fixed(Int64(sample.pilot.offered.rawValue), digits: 3)
        return levels.joined(separator: ", ") + ", offered \(offered) A"
    }

    private static func voltages(_ voltages: [Millivolts]) -> String {
        voltages.enumerated().map { "L\($0.offset + 1) \(DecimalText.fixed(Int64($0.element.rawValue), digits: 3)) V" }
            .joined(separator: ", ")
    }

    private static func temperature(_ value: DeciCelsius?) -> String {
        value.map { DecimalText.fixed(Int64($0.rawValue), digits: 1) + " °C" } ?? "not read"
    }
}
