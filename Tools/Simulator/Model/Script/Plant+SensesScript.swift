import Quantities

/// The script's commands for what the board senses.
extension Plant {
    mutating func runPilot(_ words: inout ScriptWords) throws(ScriptError) {
        var next = sensing
        let levels: ClosedRange<Int64> = -15_000...15_000
        switch words.command {
        case "pilot":
            let found = try words.word("auto, open, short or millivolts")
            switch found {
            case "auto": next.pilot = .faithful
            case "open": next.pilot = .open
            case "short": next.pilot = .short
            default: next.pilot = .level(Millivolts(Int32(try words.integer(levels, "millivolts", of: found))))
            }
        case "pilot-glitch":
            let level = Millivolts(Int32(try words.integer(levels, "millivolts")))
            let duration = Nanoseconds.milliseconds(try words.integer(1...60_000, "milliseconds"))
            next.glitch = PlantSensing.Glitch(level: level, until: now + duration)
        case "pilot-ramp":
            let from = Millivolts(Int32(try words.integer(levels, "millivolts")))
            let to = Millivolts(Int32(try words.integer(levels, "millivolts")))
            let duration = Nanoseconds.milliseconds(try words.integer(1...86_400_000, "milliseconds"))
            next.pilot = .ramp(PilotRamp(from: from, to: to, start: now, duration: duration))
        case "pilot-noise":
            let amplitude = Millivolts(Int32(try words.integer(0...5_000, "millivolts")))
            next.noise = PilotNoise(amplitude: amplitude, seed: UInt64(try words.integer(0...Int64.max, "a seed")))
        default:
            let runs = try words.onOff()
            try words.end()
            return setSampler(runs: runs)
        }
        try words.end()
        sensing = next
    }

    mutating func runSenses(_ words: inout ScriptWords) throws(ScriptError) {
        var next = sensing
        switch words.command {
        case "aux":
            let which = words.optional(["main", "second"])
            let contact = try contact(&words, on: "closed", off: "open")
            if which != "second" { next.mirror = contact }
            if which != "main" { next.secondMirror = contact }
        case "load-sense":
            let place = place(&words)
            let contact = try contact(&words, on: "live", off: "dead")
            if let place { next.load[place] = contact } else { next.load = ThreePhases(all: contact) }
        case "gate-sense": next.gate = try contact(&words, on: "held", off: "dropped")
        case "lock-sense": next.lock = try contact(&words, on: "locked", off: "unlocked")
        case "earth": next.earth = try words.choice(["on": .on, "off": .off, "unknown": .unknown])
        case "current-sense": next.measuresCurrents = try words.onOff()
        case "mains-sense": next.measuresMains = try words.onOff()
        case "temperature": try change(&next.board, &words)
        case "plug-temperature": try change(&next.plug, &words)
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

    /// The place of the phase that is named next, if one is.
    func place(_ words: inout ScriptWords) -> Int? {
        let names = ["L1", "L2", "L3"]
        return words.optional(names).flatMap { names.firstIndex(of: $0) }
    }

    private func change(_ probe: inout TemperatureProbe, _ words: inout ScriptWords) throws(ScriptError) {
        let found = try words.word("tenths of a degree, none or frozen")
        switch found {
        case "none": probe.fault = .missing
        case "frozen": probe.freeze(at: now)
        default:
            probe.temperature = DeciCelsius(Int32(try words.integer(-1_000...3_000, "tenths of a degree", of: found)))
            probe.fault = .none
        }
    }

    private func contact(
        _ words: inout ScriptWords, on: String, off: String
    ) throws(ScriptError) -> PlantSensing.Contact {
        try words.choice(["ok": .faithful, on: .on, off: .off, "unknown": .unknown])
    }
}
