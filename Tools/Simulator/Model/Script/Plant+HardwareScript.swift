import Quantities

/// The script's commands for contactors, monitors, lock, fan, gate and mains.
extension Plant {
    mutating func runContactors(_ words: inout ScriptWords) throws(ScriptError) {
        switch words.command {
        case "weld", "weld-closed":
            let pole = pole(&words)
            try words.end()
            let isClosed = words.command == "weld-closed"
            for pole in pole.map({ [$0] }) ?? ContactorPole.allCases {
                change(pole) { if isClosed { $0.weldClosed() } else { $0.welds = true } }
            }
        case "stuck-open":
            let pole = pole(&words)
            let which = pole == nil ? words.optional(["main", "second"]) : nil
            try words.end()
            if let pole { return change(pole) { $0.isBroken = true } }
            if which != "second" { contactor.staysOpen = true }
            if which != "main" { secondContactor.staysOpen = true }
        case "stuck-closed":
            let which = words.optional(["main", "second"])
            try words.end()
            if which != "second" { contactor.staysClosed = true }
            if which != "main" { secondContactor.staysClosed = true }
        case "contactor-delay":
            let delay = Nanoseconds.milliseconds(try words.integer(0...10_000, "milliseconds"))
            try words.end()
            contactor.delay = delay
            secondContactor.delay = delay
        default:
            let _: Bool = try words.choice(["ok": true])
            try words.end()
            contactor.repair()
            secondContactor.repair()
        }
    }

    private func pole(_ words: inout ScriptWords) -> ContactorPole? {
        words.optional(ContactorPole.allCases.map(\.rawValue)).flatMap { ContactorPole(rawValue: $0) }
    }

    mutating func runResidual(_ words: inout ScriptWords) throws(ScriptError) {
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

    mutating func runHardware(_ words: inout ScriptWords) throws(ScriptError) {
        switch words.command {
        case "estop":
            let isPressed = try words.onOff()
            try words.end()
            setEmergencyStop(isPressed)
        case "enclosure":
            let isOpen = try words.choice(["open": true, "closed": false])
            try words.end()
            sensing.enclosureOpen = isOpen
        case "supply":
            let isLow = try words.choice(["low": true, "ok": false])
            try words.end()
            sensing.supplyLow = isLow
        case "reset-button":
            let isPressed = try words.onOff()
            try words.end()
            sensing.localReset = isPressed
        case "lock":
            let fault: PlugLockMotor.Fault = try words.choice([
                "ok": .none, "jam": .jammed, "jam-open": .jammedOpen, "jam-locked": .jammedLocked, "lost": .lost,
            ])
            try words.end()
            lock.fault = fault
        case "gate":
            let isLost = try words.choice(["lost": true, "ok": false])
            try words.end()
            gate.isLost = isLost
        case "fan":
            let isBroken = try words.choice(["broken": true, "ok": false])
            try words.end()
            fan.isBroken = isBroken
        case "fan-delay":
            let delay = Nanoseconds.milliseconds(try words.integer(0...60_000, "milliseconds"))
            try words.end()
            fan.delay = delay
        default: try runMains(&words)
        }
    }

    private mutating func runMains(_ words: inout ScriptWords) throws(ScriptError) {
        var next = mains
        switch words.command {
        case "mains": next.isLive = try words.onOff()
        case "voltage":
            let place = place(&words)
            let voltage = Millivolts(Int32(try words.integer(0...300_000, "millivolts")))
            if let place { next.voltage[place] = voltage } else { next.voltage = ThreePhases(all: voltage) }
        case "frequency": next.frequency = Millihertz(Int32(try words.integer(40_000...70_000, "millihertz")))
        default: throw .unknown(command: words.command)
        }
        try words.end()
        mains = next
    }
}
