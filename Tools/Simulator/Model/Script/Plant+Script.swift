import Quantities

/// The script's commands: what a person, a test or the demo changes in the plant, one text line each.
extension Plant {
    /// What `help` answers.
    public static let help = [
        "plug", "unplug", "want on|off", "current MA", "phases 1|3", "stop-after-kwh N|off", "obey on|off",
        "s2-delay MS", "ramp MA_PER_S", "diode ok|short", "ventilation on|off", "pilot auto|open|short|MV",
        "pilot-glitch MV MS", "weld", "stuck-open", "contactor ok", "aux ok|open|closed|unknown",
        "load-sense ok|live|dead|unknown", "estop on|off", "residual dc|ac MA", "residual reset",
        "residual dead on|off", "temperature DECI_C|none", "cable OHMS|open|short", "lock ok|jam", "mains on|off",
        "voltage MV", "frequency MHZ", "meter frozen on|off", "meter factor PERMILLE", "meter reset",
        "meter set-import MWH", "meter serial N", "meter drop|crc|truncate|duplicate|nan N|always",
        "meter late MS N|always", "meter exception CODE N|always", "meter ok", "reset-counts", "status", "events",
        "help",
    ].joined(separator: " | ")

    /// Runs one line and answers one line.
    ///
    /// - Throws: `ScriptError`; the plant is unchanged then.
    public mutating func run(_ line: String) throws(ScriptError) -> String {
        var words = try ScriptWords(line)
        switch words.command {
        case "status":
            try words.end()
            return status().text
        case "events":
            try words.end()
            return eventsText()
        case "help":
            try words.end()
            return Self.help
        case "meter": try runMeter(&words)
        case "residual": try runResidual(&words)
        case "plug", "unplug", "want", "current", "phases", "stop-after-kwh", "obey", "s2-delay", "ramp", "diode",
            "ventilation":
            try runCar(&words)
        case "pilot", "pilot-glitch", "aux", "load-sense", "temperature", "cable":
            try runSenses(&words)
        default: try runHardware(&words)
        }
        return "ok"
    }

    private mutating func runCar(_ words: inout ScriptWords) throws(ScriptError) {
        var next = car
        switch words.command {
        case "plug":
            try words.end()
            return plug()
        case "unplug":
            try words.end()
            return unplug()
        case "want": next.wants = try words.onOff()
        case "current": next.limit = Milliamps(Int32(try words.integer(0...200_000, "milliamperes")))
        case "phases":
            let phases = try words.word("1 or 3")
            guard phases == "1" || phases == "3" else { throw words.wrong("1 or 3", phases) }
            next.phases = phases == "1" ? 1 : 3
        case "stop-after-kwh":
            let amount = try words.word("kilowatt-hours or off")
            next.setTarget(amount == "off" ? nil : trueImport.total + (try words.kilowattHours(amount)))
        case "obey": next.obeys = try words.onOff()
        case "s2-delay": next.requestDelay = .milliseconds(try words.integer(0...60_000, "milliseconds"))
        case "ramp":
            let ramp = Milliamps(Int32(try words.integer(1...10_000_000, "milliamperes per second")))
            next.rise = ramp
            next.fall = ramp
        case "diode":
            let state = try words.word("ok or short")
            guard state == "ok" || state == "short" else { throw words.wrong("ok or short", state) }
            next.hasDiode = state == "ok"
        default: next.needsVentilation = try words.onOff()
        }
        try words.end()
        car = next
    }

    private mutating func runSenses(_ words: inout ScriptWords) throws(ScriptError) {
        var next = sensing
        switch words.command {
        case "pilot":
            let found = try words.word("auto, open, short or millivolts")
            switch found {
            case "auto": next.pilot = .faithful
            case "open": next.pilot = .open
            case "short": next.pilot = .short
            default:
                next.pilot = .level(Millivolts(Int32(try words.integer(-15_000...15_000, "millivolts", of: found))))
            }
        case "pilot-glitch":
            let level = Millivolts(Int32(try words.integer(-15_000...15_000, "millivolts")))
            let duration = Nanoseconds.milliseconds(try words.integer(1...60_000, "milliseconds"))
            next.glitch = (level, now + duration)
        case "aux": next.auxiliary = try contact(&words, on: "closed", off: "open")
        case "load-sense": next.loadVoltage = try contact(&words, on: "live", off: "dead")
        case "temperature":
            let found = try words.word("tenths of a degree or none")
            next.temperature =
                found == "none"
                ? nil : DeciCelsius(Int32(try words.integer(-1_000...3_000, "tenths of a degree", of: found)))
        default:
            let found = try words.word("ohms, open or short")
            switch found {
            case "open": next.proximity = .open
            case "short": next.proximity = .short
            default: next.proximity = .ohms(Ohms(Int32(try words.integer(0...1_000_000, "ohms", of: found))))
            }
        }
        try words.end()
        sensing = next
    }

    private func contact(
        _ words: inout ScriptWords, on: String, off: String
    ) throws(ScriptError) -> PlantSensing.Contact {
        let expected = "ok, \(on), \(off) or unknown"
        let found = try words.word(expected)
        switch found {
        case "ok": return .faithful
        case on: return .on
        case off: return .off
        case "unknown": return .unknown
        default: throw words.wrong(expected, found)
        }
    }

    private mutating func runResidual(_ words: inout ScriptWords) throws(ScriptError) {
        var next = residual
        let expected = "dc, ac, reset or dead"
        let found = try words.word(expected)
        switch found {
        case "dc": next.direct = Milliamps(Int32(try words.integer(0...300, "milliamperes")))
        case "ac": next.alternating = Milliamps(Int32(try words.integer(0...500, "milliamperes")))
        case "reset": next.reset()
        case "dead": next.isDead = try words.onOff()
        default: throw words.wrong(expected, found)
        }
        try words.end()
        residual = next
    }

    private mutating func runHardware(_ words: inout ScriptWords) throws(ScriptError) {
        switch words.command {
        case "weld", "stuck-open", "reset-counts":
            try words.end()
            switch words.command {
            case "weld": contactor.welds = true
            case "stuck-open": contactor.staysOpen = true
            default: resetCounts()
            }
        case "contactor":
            let found = try words.word("ok")
            guard found == "ok" else { throw words.wrong("ok", found) }
            try words.end()
            contactor.welds = false
            contactor.staysOpen = false
        case "estop":
            let pressed = try words.onOff()
            try words.end()
            setEmergencyStop(pressed)
        case "lock":
            let found = try words.word("ok or jam")
            guard found == "ok" || found == "jam" else { throw words.wrong("ok or jam", found) }
            try words.end()
            lock.isJammed = found == "jam"
        case "mains":
            let live = try words.onOff()
            try words.end()
            mains.isLive = live
        case "voltage":
            let voltage = Millivolts(Int32(try words.integer(0...300_000, "millivolts")))
            try words.end()
            mains.voltage = [voltage, voltage, voltage]
        case "frequency":
            let frequency = Millihertz(Int32(try words.integer(40_000...70_000, "millihertz")))
            try words.end()
            mains.frequency = frequency
        default: throw .unknown(command: words.command)
        }
    }
}
