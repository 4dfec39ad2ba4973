import Quantities

/// The open devices of a GPIO board.
final class BoardDevices: Sendable {
    let lines: BoardLines
    let sampler: any PilotSampler
    let generator: any PilotGenerator
    let proximity: (any ProximitySensor)?
    let lock: any PlugLock
    /// `nil` on a board without a temperature sensor.
    let temperatures: TemperatureSampler?

    init(
        _ wiring: GPIOWiring, _ lines: BoardLines, over gpio: any GPIOLines, counts: BoardCounts, sysfsRoot: String,
        deviceRoot: String
    ) throws(BoardError) {
        self.lines = lines
        if let divider = wiring.proximity {
            proximity = try DividerProximity(divider, sysfsRoot: sysfsRoot)
        } else {
            proximity = nil
        }
        let board = try Self.sensor(wiring.boardTemperature, sysfsRoot: sysfsRoot)
        let plug = try Self.sensor(wiring.plugTemperature, sysfsRoot: sysfsRoot)
        // From here on each may have a thread, which nothing behind it may leave running.
        var ending: [@Sendable () -> Void] = []
        do throws(BoardError) {
            let generator = try Self.generator(wiring, over: gpio, sysfsRoot: sysfsRoot)
            ending.append { generator.stop() }
            let sampler = try Self.sampler(wiring, over: gpio, sysfsRoot: sysfsRoot, deviceRoot: deviceRoot)
            ending.append { sampler.stop() }
            let lock: any PlugLock =
                if let times = wiring.lockMotor, let bridge = lines.lockBridge {
                    try MotorLock(times, bridge, wiring, gpio, counts: counts)
                } else {
                    lines
                }
            ending.append { lock.stop() }
            temperatures =
                board == nil && plug == nil ? nil : try TemperatureSampler(board: board, plug: plug, counts: counts)
            self.generator = generator
            self.sampler = sampler
            self.lock = lock
        } catch {
            for end in ending.reversed() { end() }
            throw error
        }
    }

    private static func sensor(
        _ source: GPIOWiring.TemperatureSource?, sysfsRoot: String
    ) throws(BoardError) -> (any TemperatureSensor)? {
        switch source {
        case nil: nil
        case .file(let file): try MillidegreeFile(path: "\(sysfsRoot)/\(file)")
        case .converter(let channel): try ConverterTemperature(channel, sysfsRoot: sysfsRoot)
        }
    }

    private static func generator(
        _ wiring: GPIOWiring, over gpio: any GPIOLines, sysfsRoot: String
    ) throws(BoardError) -> any PilotGenerator {
        switch wiring.generator {
        case .kernelPWM(let chip, let channel): try KernelPWM(chip: chip, channel: channel, sysfsRoot: sysfsRoot)
        case .line(let line): try SoftwarePilot(line: line, over: gpio)
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

    /// Leaves the board as a charger that offers nothing: x1, enable low, L2 and L3 at rest, and the plug as it was
    /// wanted last.
    func release() {
        _ = lines.write(enable: false)
        generator.stop()
        _ = lines.write(selfTest: false)
        _ = lines.write(ventilation: false)
        _ = lines.write(indication: .off)
        _ = lines.write(phases: .single)
        _ = lines.write(pilotConnected: true)
        // Its motor takes up to a second.
        lock.stop()
        sampler.stop()
        temperatures?.stop()
    }
}
