import ConfigurationText
import Quantities

/// Reads the tables that only a profile of kind `gpio` has: `pilot.pwm`, the tables of the pilot's source, `proximity`,
/// `temperature`, `lock_motor` and `[[line]]`.
struct GPIOWiringReader {
    let root: TomlTable

    func read(cable: CableKind?, sensing: PilotSensing?, isHardware: Bool?) -> GPIOWiring? {
        let lines = GPIOLineReader(root: root).read()
        let proximity = readProximity(cable)
        let temperatures = TemperatureSourceReader(root: root).read()
        let motor = LockMotorReader(root: root).read(lines)
        guard let pilot = root.table("pilot") else { return nil }
        let generator = isHardware.flatMap { readGenerator(isHardware: $0, pilot, lines) }
        let source = sensing.flatMap { readSource($0, pilot, lines) }
        // A pilot older than 15 ms is invalid, so 5 ms leaves room for two late samples.
        let interval = pilot.integer("sample_interval_ms", in: 1...5)
        guard let lines, let generator, let source, let interval else { return nil }
        let wiring = GPIOWiring(
            generator: generator, pilot: source, sampleInterval: .milliseconds(interval),
            proximity: proximity, boardTemperature: temperatures.board, plugTemperature: temperatures.plug,
            lockMotor: motor, lines: lines)
        checkParts(wiring)
        return wiring
    }

    /// One channel for two things would show one of them as the other: a half wave of the pilot, a cable, a temperature.
    private func checkParts(_ wiring: GPIOWiring) {
        let parts = wiring.wiredParts
        for (index, wired) in parts.enumerated() {
            guard let first = parts[..<index].first(where: { $0.part.isSame(as: wired.part) }) else { continue }
            root.document.report(
                at: wired.path, expected: "\(wired.part.kind) of its own",
                found: "\(wired.part.words), as \(first.path)")
        }
    }

    private func readGenerator(
        isHardware: Bool, _ pilot: TomlTable, _ lines: [LineRole: GPIOLine]?
    ) -> GPIOWiring.Generator? {
        guard isHardware else {
            if pilot.has("pwm") {
                pilot.report("pwm", expected: "no PWM chip where software makes the pilot", found: "a table")
            }
            guard let line = lines?[.pilotOutput] else {
                if lines != nil {
                    pilot.report(
                        "generator", expected: "a line with role \"\(LineRole.pilotOutput.rawValue)\"", found: "none")
                }
                return nil
            }
            return .line(line)
        }
        let pwm = pilot.table("pwm")
        let chip = pwm?.deviceName("chip")
        let channel = pwm?.integer("channel", in: 0...63)
        if lines?[.pilotOutput] != nil {
            pilot.report(
                "generator", expected: "\"software\", or no line with role \"\(LineRole.pilotOutput.rawValue)\"",
                found: "\"hardware-pwm\"")
        }
        guard let chip, let channel else { return nil }
        return .kernelPWM(chip: chip, channel: Int(channel))
    }

    private func readSource(
        _ sensing: PilotSensing, _ pilot: TomlTable, _ lines: [LineRole: GPIOLine]?
    ) -> GPIOWiring.PilotSource? {
        switch sensing {
        case .peakDetector:
            let reset = readReset(pilot, lines)
            guard let (high, low) = readPair(pilot) else { return nil }
            return .peakDetectors(high: high, low: low, reset: reset)
        case .hardwareTriggered:
            let pair = readPair(pilot)
            let trigger = pilot.table("trigger")?.string("name", length: 1...64)
            if let pair, pair.high.device != pair.low.device {
                pilot.table("low")?.report(
                    "device", expected: "\"\(pair.high.device)\", as in pilot.high: one trigger starts both",
                    found: "\"\(pair.low.device)\"")
            }
            guard let pair, let trigger else { return nil }
            return .triggered(high: pair.high, low: pair.low, trigger: trigger)
        case .comparator:
            for role in LineRole.comparators + [.pilotReachesMinus10000] where lines != nil && lines?[role] == nil {
                pilot.report("sensing", expected: "a line with role \"\(role.rawValue)\"", found: "none")
            }
            return .comparators
        case .companionMCU:
            guard let table = pilot.table("companion") else { return nil }
            let device = table.string("device", length: 1...64)
            let speed = table.integer("baud", oneOf: SerialLine.speeds.map(\.baud))
            if let device, !device.hasPrefix("/dev/") {
                table.report("device", expected: "a path below /dev, such as /dev/ttyS1", found: "\"\(device)\"")
            }
            guard let device, let speed else { return nil }
            return .companion(device: device, speed: Int(speed))
        }
    }

    /// `[pilot.reset]` and its two lines, which come together.
    private func readReset(_ pilot: TomlTable, _ lines: [LineRole: GPIOLine]?) -> GPIOWiring.PeakReset? {
        let roles: [LineRole] = [.pilotHighReset, .pilotLowReset]
        guard let table = pilot.table("reset", required: false) else {
            for role in roles where lines?[role] != nil {
                pilot.report("reset", expected: "a table for the line with role \"\(role.rawValue)\"", found: "none")
            }
            return nil
        }
        for role in roles where lines != nil && lines?[role] == nil {
            pilot.report("reset", expected: "a line with role \"\(role.rawValue)\"", found: "none")
        }
        let active = table.integer("active_us", in: 10...2_000)
        let settle = table.integer("settle_us", in: 1_000...3_000)
        guard let active, let settle else { return nil }
        if let interval = pilot.integer("sample_interval_ms", in: 1...5), active + settle > interval * 1_000 - 500 {
            table.report(
                "settle_us", expected: "to leave 500 us of the \(interval) ms of sample_interval_ms",
                found: "\(active) + \(settle)")
        }
        return GPIOWiring.PeakReset(
            active: Nanoseconds(active * 1_000), settle: Nanoseconds(settle * 1_000))
    }

    private func readPair(
        _ pilot: TomlTable
    ) -> (high: GPIOWiring.ConverterChannel, low: GPIOWiring.ConverterChannel)? {
        let high = pilot.table("high").flatMap { readChannel($0) }
        let low = pilot.table("low").flatMap { readChannel($0) }
        guard let high, let low else { return nil }
        return (high, low)
    }

    private func readChannel(_ table: TomlTable) -> GPIOWiring.ConverterChannel? {
        let device = table.deviceName("device")
        let channel = table.integer("channel", in: 0...63)
        let gain = table.integer("microvolts_per_count", in: -1_000_000...1_000_000)
        if gain == 0 { table.report("microvolts_per_count", expected: "not 0", found: "0") }
        let offset = table.integer("offset_mv", in: -30_000...30_000)
        guard let device, let channel, let gain, gain != 0, let offset else { return nil }
        return GPIOWiring.ConverterChannel(
            device: device, channel: Int(channel), microvoltsPerCount: gain, offset: Millivolts(Int32(offset)))
    }

    private func readProximity(_ cable: CableKind?) -> GPIOWiring.ProximityDivider? {
        guard let table = root.table("proximity", required: cable == .socket) else { return nil }
        if case .tethered = cable {
            root.report("proximity", expected: "no proximity contact on a tethered cable", found: "a table")
        }
        let channel = readChannel(table)
        let pullUp = table.integer("pull_up_ohms", in: 100...100_000)
        let supply = table.integer("supply_mv", in: 1_000...24_000)
        guard let channel, let pullUp, let supply else { return nil }
        return GPIOWiring.ProximityDivider(
            channel: channel, pullUp: Ohms(Int32(pullUp)), supply: Millivolts(Int32(supply)))
    }
}
