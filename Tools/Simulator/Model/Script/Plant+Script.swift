import Quantities

/// The script's commands: what a person, a test or the demo changes in the plant, one text line each.
extension Plant {
    /// What `help` answers.
    public static let help = [
        "plug [SEED]", "unplug", "want on|off", "current MA", "phases 1|3", "stop-after-kwh N|off", "obey on|off",
        "overdraw on|off",
        "s2-delay MS", "ramp MA_PER_S", "diode ok|short", "ventilation on|off", "simplified on|off", "sleep off|e|f",
        "toggle CLOSED_MS OPEN_MS|off", "pilot auto|open|short|MV", "pilot-glitch MV MS", "pilot-ramp FROM_MV TO_MV MS",
        "pilot-noise MV SEED", "sampler on|off", "aux [main|second] ok|open|closed|unknown",
        "load-sense [L1|L2|L3] ok|live|dead|unknown", "gate-sense ok|held|dropped|unknown",
        "lock-sense ok|locked|unlocked|unknown", "earth on|off|unknown", "current-sense on|off", "mains-sense on|off",
        "temperature DECI_C|none|frozen", "plug-temperature DECI_C|none|frozen", "cable OHMS|open|short",
        "weld [L1|N|L2|L3]", "weld-closed [L1|N|L2|L3]", "stuck-open [main|second|L1|N|L2|L3]",
        "stuck-closed [main|second]", "contactor ok", "contactor-delay MS", "estop on|off", "enclosure open|closed",
        "supply ok|low", "reset-button on|off", "residual dc|ac MA", "residual reset", "residual dead on|off",
        "lock ok|jam|jam-open|jam-locked|lost", "gate ok|lost", "fan ok|broken", "fan-delay MS", "mains on|off",
        "voltage [L1|L2|L3] MV", "frequency MHZ", "meter frozen on|off", "meter factor PERMILLE", "meter reset",
        "meter set-import MWH", "meter serial N", "meter drop|crc|truncate|duplicate|nan N|always",
        "meter late MS N|always", "meter exception CODE N|always", "meter ok", "mains-meter (as meter)",
        "house MA [MA MA]", "reset-counts", "status", "events",
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
        case "reset-counts":
            try words.end()
            resetCounts()
        case "meter", "mains-meter": try runMeter(&words)
        case "house": try runHouse(&words)
        case "residual": try runResidual(&words)
        case "plug", "unplug": try runPlug(&words)
        case "want", "current", "phases", "stop-after-kwh", "obey", "overdraw", "s2-delay", "ramp", "diode",
            "ventilation",
            "simplified", "sleep", "toggle":
            try runCar(&words)
        case "pilot", "pilot-glitch", "pilot-ramp", "pilot-noise", "sampler": try runPilot(&words)
        case "aux", "load-sense", "gate-sense", "lock-sense", "earth", "current-sense", "mains-sense", "temperature",
            "plug-temperature", "cable":
            try runSenses(&words)
        case "weld", "weld-closed", "stuck-open", "stuck-closed", "contactor", "contactor-delay":
            try runContactors(&words)
        default: try runHardware(&words)
        }
        return "ok"
    }
}
