import Quantities

/// The script's `meter` commands.
extension Plant {
    mutating func runMeter(_ words: inout ScriptWords) throws(ScriptError) {
        var next = meter
        let expected =
            "frozen, factor, reset, set-import, serial, late, drop, crc, truncate, duplicate, nan, exception or ok"
        let found = try words.word(expected)
        switch found {
        case "frozen": next.isFrozen = try words.onOff()
        case "factor": next.countingPermille = try words.integer(0...100_000, "permille")
        case "reset": next.setRegister(.zero)
        case "set-import": next.setRegister(MilliwattHours(try words.integer(0...4_000_000_000_000_000, "mWh")))
        case "serial": next.serial = UInt32(try words.integer(0...4_294_967_295, "a serial number"))
        case "late":
            let delay = Nanoseconds.milliseconds(try words.integer(0...60_000, "milliseconds"))
            next.faults.late = (try words.count(), delay)
        case "drop": next.faults.dropped = try words.count()
        case "crc": next.faults.damaged = try words.count()
        case "truncate": next.faults.truncated = try words.count()
        case "duplicate": next.faults.duplicated = try words.count()
        case "nan": next.faults.missingEnergy = try words.count()
        case "exception":
            let code = UInt8(try words.integer(1...255, "an exception code"))
            next.faults.exception = (try words.count(), code)
        case "ok":
            next.faults = ReplyFaults()
            next.isFrozen = false
            next.countingPermille = 1_000
        default: throw words.wrong(expected, found)
        }
        try words.end()
        meter = next
    }
}
