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
        generator = try KernelPWM(chip: wiring.pwmChip, channel: wiring.pwmChannel, sysfsRoot: sysfsRoot)
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
        // Last: a sampler may have a thread, which nothing behind it may leave running.
        switch wiring.pilot {
        case .peakDetectors(let high, let low, let reset):
            let resets = try reset.map { (times) throws(BoardError) in try PeakResets(times, wiring, gpio) }
            sampler = try PeakDetectorSampler(high: high, low: low, resets: resets, sysfsRoot: sysfsRoot)
        case .triggered(let high, let low, let trigger):
            sampler = try TriggeredSampler(
                high: high, low: low, trigger: trigger, sysfsRoot: sysfsRoot, deviceRoot: deviceRoot)
        case .comparators: sampler = try ComparatorSampler(wiring, gpio)
        case .companion(let device, let speed): sampler = try CompanionSampler(device: device, speed: speed)
        }
    }

    /// Leaves the board as a charger that offers nothing: x1, enable low, L2 and L3 at rest, plug free.
    func release() {
        _ = lines.write(enable: false)
        try? generator.generate(.x1)
        _ = lines.write(selfTest: false)
        _ = lines.write(locked: false)
        _ = lines.write(ventilation: false)
        _ = lines.write(phases: .single)
        _ = lines.write(pilotConnected: true)
        sampler.stop()
    }
}
