import Quantities

/// The script's commands for the car.
extension Plant {
    mutating func runPlug(_ words: inout ScriptWords) throws(ScriptError) {
        if words.command == "unplug" {
            try words.end()
            return unplug()
        }
        let seed = words.isAtEnd ? nil : try words.integer(0...Int64.max, "a seed")
        try words.end()
        if let seed { plug(seed: UInt64(seed)) } else { plug() }
    }

    mutating func runCar(_ words: inout ScriptWords) throws(ScriptError) {
        var next = car
        switch words.command {
        case "want": next.wants = try words.onOff()
        case "current": next.limit = Milliamps(Int32(try words.integer(0...200_000, "milliamperes")))
        case "phases": next.phases = try words.choice(["1": 1, "3": 3])
        case "stop-after-kwh":
            let amount = try words.word("kilowatt-hours or off")
            next.setTarget(amount == "off" ? nil : trueImport.total + (try words.kilowattHours(amount)))
        case "obey": next.obeys = try words.onOff()
        case "overdraw": next.overdraws = try words.onOff()
        case "s2-delay": next.requestDelay = .milliseconds(try words.integer(0...60_000, "milliseconds"))
        case "ramp":
            let ramp = Milliamps(Int32(try words.integer(1...10_000_000, "milliamperes per second")))
            next.rise = ramp
            next.fall = ramp
        case "diode": next.hasDiode = try words.choice(["ok": true, "short": false])
        case "simplified": next.isSimplified = try words.onOff()
        case "sleep": next.fallAsleep(until: try words.choice(["off": .never, "e": .untilCut, "f": .untilF]))
        case "toggle": next.toggle = try toggle(&words)
        default: next.needsVentilation = try words.onOff()
        }
        try words.end()
        car = next
    }

    private func toggle(_ words: inout ScriptWords) throws(ScriptError) -> Car.Toggle? {
        if words.optional(["off"]) != nil { return nil }
        let closed = Nanoseconds.milliseconds(try words.integer(1...600_000, "milliseconds"))
        let open = Nanoseconds.milliseconds(try words.integer(1...600_000, "milliseconds"))
        return Car.Toggle(closed: closed, open: open, start: now)
    }
}
