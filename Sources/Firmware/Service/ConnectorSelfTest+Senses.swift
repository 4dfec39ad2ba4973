internal import BoardIO
internal import ChargeControl
internal import Quantities
internal import ServiceShell

// The rows of what the board senses.
extension ConnectorSelfTest {
    /// IEC 61851-1, table A.2: the pilot's positive half wave at the charger, in mV.
    private static let levels: [ConnectorStatus.PilotState: ClosedRange<Millivolts>] = [
        .a: Millivolts(11_000)...Millivolts(13_000), .b: Millivolts(8_000)...Millivolts(10_000),
        .c: Millivolts(5_000)...Millivolts(7_000), .d: Millivolts(2_000)...Millivolts(4_000),
    ]

    var supply: SelfTestAnswer {
        let watches = control.options.watchesVoltage
        let (least, most) = (control.nominalVoltage.rawValue / 100 * 80, control.nominalVoltage.rawValue / 100 * 115)
        return sensed(
            "supply", .brownOut, .gateLost, .undervoltageDeep, .undervoltage, .overvoltage,
            limit: watches ? "each phase \(Self.volts(least)) to \(Self.volts(most)) V" : ""
        ) { sample, values in
            values.add("low", .flag(sample.isSupplyLow))
            values.add("coil gate held", .flag(sample.isGateHeld))
            for (index, voltage) in sample.voltages.enumerated() { values.add("L\(index + 1)", .millivolts(voltage)) }
            values.add("frequency", .millihertz(sample.frequency))
            if sample.isSupplyLow { return ("the board's own supply is low, or cannot be read", nil) }
            let phases = sample.voltages.prefix(Int(control.phases)).map(\.rawValue)
            if watches, !phases.allSatisfy({ (least...most).contains($0) }) {
                return ("a phase is outside its limits", nil)
            }
            if watches, sample.voltages.count < Int(control.phases) {
                return (nil, "no voltage is measured on L\(sample.voltages.count + 1)")
            }
            if control.options.hasGateReadback, sample.isGateHeld == nil { return (nil, "the coil gate is not read") }
            return (nil, supplyLine)
        }
    }

    /// A board without the line never says that its supply fails.
    private var supplyLine: String? {
        guard let board, !board.isSimulated, !board.lines.map(\.role).contains("supply-low") else { return nil }
        return "no line of the board says how its supply is"
    }

    var pilot: SelfTestAnswer {
        let level = (sample?.pilot.state).flatMap { Self.levels[$0] }
        return sensed(
            "pilot", .pilotShorted, .pilotInvalid, .pilotNegative, .pilotStale,
            limit: level.map {
                "high \(Self.volts($0.lowerBound.rawValue)) to \(Self.volts($0.upperBound.rawValue)) V"
            } ?? ""
        ) { sample, values in
            values.add("state", .text(sample.pilot.state.rawValue))
            values.add("high", .millivolts(sample.pilot.high))
            values.add("low", .millivolts(sample.pilot.low))
            values.add("offered", .milliamps(sample.pilot.offered))
            guard let high = sample.pilot.high else { return ("no valid sample", nil) }
            guard let level else {
                return (nil, "no car's level: the charger itself holds the pilot, or it has not settled")
            }
            return (level.contains(high) ? nil : "the high level is not that of its state", nil)
        }
    }

    var diode: SelfTestAnswer {
        sensed("diode", .diodeMissing, limit: "low -11.000 V or less while PWM runs") { sample, values in
            values.add("low", .millivolts(sample.pilot.low))
            switch sample.pilot.isDiodeSeen {
            case true: return (nil, nil)
            case false: return ("the car's half wave does not reach -12 V", nil)
            default: return (nil, "no PWM runs: it is seen while a car may charge")
            }
        }
    }

    var proximity: SelfTestAnswer {
        sensed(
            "pp", .proximityFault, .cableChanged, limit: "100, 220, 680 or 1500 Ω, or open without a plug"
        ) { sample, values in
            values.add("resistance", .ohms(sample.proximity))
            values.add("cable rating", .milliamps(sample.cableRating))
            guard case .socket = control.cable else { return (nil, "a fixed cable: the contact is not used") }
            guard let resistance = sample.proximity else { return (nil, "the contact is not read") }
            switch ProximityClass(resistance) {
            case .short, .unknown: return ("no cable that the standard knows", nil)
            case .noPlug, .rated13, .rated20, .rated32, .rated63: return (nil, nil)
            }
        }
    }

    var weld: SelfTestAnswer {
        sensed(
            "weld", .contactorWelded, .contactorNotOpened, .phasesUnbidden, limit: "all open when told to open"
        ) { sample, values in
            let contactor = sample.contactor
            let loads = contactor.loads.prefix(Int(control.phases))
            values.add("told to close", .flag(contactor.isEnabled))
            values.add("mirror", .text(contactor.mirror.rawValue))
            if control.options.switchesPhases { values.add("second mirror", .text(contactor.secondMirror.rawValue)) }
            for (index, load) in loads.enumerated() { values.add("behind L\(index + 1)", .text(load.rawValue)) }
            guard !contactor.isEnabled else {
                return (
                    contactor.mirror == .open ? "open though told to close" : nil,
                    "it is told to close: a weld shows when it is told to open"
                )
            }
            var mirrors = [contactor.mirror]
            if control.options.switchesPhases { mirrors.append(contactor.secondMirror) }
            if (mirrors + loads).contains(.closed) { return ("closed, or live behind it, though told to open", nil) }
            // Where one of the two kinds of feedback says open of every pole, the core believes it, too.
            let isOpen = mirrors.allSatisfy { $0 == .open } || loads.allSatisfy { $0 == .open }
            if !isOpen { return (nil, "no feedback says of every pole that it is open") }
            return (nil, standing(.contactorUnobserved, .contactorFeedbackLost))
        }
    }

    var residual: SelfTestAnswer {
        let last = outlet.residualTest
        return sensed(
            "residual monitor", .residualDirect, .residualSelfTestFailed, .residualAlternating,
            limit: "trips within 1.000 s of its test"
        ) { sample, values in
            values.add("trip direct", .flag(sample.residualDirectTripped))
            values.add("trip alternating", .flag(sample.residualAlternatingTripped))
            values.add("trips a minute", .count(UInt64(sample.residualTrips)))
            values.add("tested", .flag(last.map(\.passed)))
            values.add("test trip", .duration(last?.tripUS.map { .microseconds($0) }))
            if let last, !last.passed { return ("it did not trip by its test, or did not clear", nil) }
            if sample.residualDirectTripped || sample.residualAlternatingTripped {
                return (nil, "it trips now: a test of it runs, or a fault is about to be raised")
            }
            guard control.options.hasResidualTest else { return (nil, "the monitor has no test input") }
            if let overdue = standing(.residualSelfTestOverdue) { return (nil, overdue) }
            return (nil, last == nil ? "not tested since the start: rcd test" : nil)
        }
    }

    var earth: SelfTestAnswer {
        sensed("earth", .earthMissing, limit: "present") { sample, values in
            values.add("present", .flag(sample.earthPresent))
            switch sample.earthPresent {
            case true: return (nil, nil)
            case false: return ("protective earth is missing", nil)
            default:
                let isWatched = control.options.watchesEarth
                return (nil, isWatched ? "the earth monitor is not read" : "the board does not watch it")
            }
        }
    }

    var lock: SelfTestAnswer {
        sensed("lock", .lockFailed, .lockLost, .unlockFailed) { sample, values in
            values.add("contact", .text(sample.lock.rawValue))
            guard control.options.hasLock else { return (nil, "there is no lock") }
            return (nil, sample.lock == .unknown ? "its contact is not read" : nil)
        }
    }

    var temperatures: SelfTestAnswer {
        sensed("temperature", .overTemperature, .plugOverTemperature) { sample, values in
            let options = control.options
            values.add("board", .deciCelsius(sample.boardTemperature))
            values.add("plug", .deciCelsius(sample.plugTemperature))
            if let missing = standing(.temperatureUnknown) { return (nil, missing) }
            if !options.hasBoardTemperature && !options.hasPlugTemperature { return (nil, "there is no sensor") }
            let isUnread =
                (options.hasBoardTemperature && sample.boardTemperature == nil)
                || (options.hasPlugTemperature && sample.plugTemperature == nil)
            return (nil, isUnread ? "a sensor is not read" : nil)
        }
    }

    private static func volts(_ millivolts: Int32) -> String { DecimalText.fixed(Int64(millivolts), digits: 3) }
}
