import Quantities

/// The script's `meter` commands, of the mains meter as well.
extension Plant {
    mutating func runMeter(_ words: inout ScriptWords) throws(ScriptError) {
        if words.command == "meter" { return meter = try Self.change(meter, &words) }
        guard let fitted = mainsMeter else { throw words.wrong("a plant with a mains meter", "none") }
        mainsMeter = try Self.change(fitted, &words)
    }

    /// What others take: from every phase, or from L1, L2 and L3.
    mutating func runHouse(_ words: inout ScriptWords) throws(ScriptError) {
        let most: ClosedRange<Int64> = 0...1_000_000
        var next = ThreePhases(all: Milliamps(Int32(try words.integer(most, "milliamperes"))))
        if !words.isAtEnd {
            for place in 1..<3 { next[place] = Milliamps(Int32(try words.integer(most, "milliamperes"))) }
        }
        try words.end()
        house = next
    }

    private static func change(
        _ meter: EnergyMeter, _ words: inout ScriptWords
    ) throws(ScriptError) -> EnergyMeter {
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
        return next
    }
}
