import Quantities

/// The open devices of a GPIO board.
final class BoardDevices: Sendable {
    let lines: BoardLines
    let sampler: any PilotSampler
    let generator: any PilotGenerator
    let proximity: (any ProximitySensor)?
    let boardTemperature: (any TemperatureSensor)?
    let plugTemperature: (any TemperatureSensor)?

    init(
        _ wiring: GPIOWiring, _ lines: BoardLines, over gpio: any GPIOLines, sysfsRoot: String, deviceRoot: String
    ) throws(BoardError) {
        self.lines = lines
        if let divider = wiring.proximity {
            proximity = try DividerProximity(divider, sysfsRoot: sysfsRoot)
        } else {
            proximity = nil
        }
        func temperature(_ file: String?) throws(BoardError) -> (any TemperatureSensor)? {
            guard let file else { return nil }
            return try MillidegreeFile(path: "\(sysfsRoot)/\(file)")
        }
        boardTemperature = try temperature(wiring.temperatureFile)
        plugTemperature = try temperature(wiring.plugTemperatureFile)
        // Last: both may have a thread, which nothing behind it may leave running.
        generator =
            switch wiring.generator {
            case .kernelPWM(let chip, let channel): try KernelPWM(chip: chip, channel: channel, sysfsRoot: sysfsRoot)
            case .line(let line): try SoftwarePilot(line: line, over: gpio)
            }
        do throws(BoardError) {
            sampler = try Self.sampler(wiring, over: gpio, sysfsRoot: sysfsRoot, deviceRoot: deviceRoot)
        } catch {
            generator.stop()
            throw error
        }
    }

    private static func sampler(
        _ wiring: GPIOWiring, over gpio: any GPIOLines, sysfsRoot: String, deviceRoot: String
    ) throws(BoardError) -> any PilotSampler {
        switch wiring.pilot {
        case .peakDetectors(let high, let low, let reset):
            try PeakDetectorSampler(
                high: high, low: low,
                resets: try reset.map { (times) throws(BoardError) in try PeakResets(times, wiring, gpio) },
                sysfsRoot: sysfsRoot)
        case .triggered(let high, let low, let trigger):
            try TriggeredSampler(
                high: high, low: low, trigger: trigger, sysfsRoot: sysfsRoot, deviceRoot: deviceRoot)
        case .comparators: try ComparatorSampler(wiring, gpio)
        case .companion(let device, let speed): try CompanionSampler(device: device, speed: speed)
        }
    }

    /// Leaves the board as a charger that offers nothing: x1, enable low, L2 and L3 at rest, plug free.
    func release() {
        _ = lines.write(enable: false)
        generator.stop()
        _ = lines.write(selfTest: false)
        _ = lines.write(locked: false)
        _ = lines.write(ventilation: false)
        _ = lines.write(indication: .off)
        _ = lines.write(phases: .single)
        _ = lines.write(pilotConnected: true)
        sampler.stop()
    }
}
