import Quantities

/// The open devices of a GPIO board.
final class BoardDevices: Sendable {
    let lines: BoardLines
    let sampler: any PilotSampler
    let generator: any PilotGenerator
    let proximity: (any ProximitySensor)?
    let temperature: (any TemperatureSensor)?

    init(_ wiring: GPIOWiring, _ lines: BoardLines, sysfsRoot: String) throws(BoardError) {
        self.lines = lines
        generator = try KernelPWM(chip: wiring.pwmChip, channel: wiring.pwmChannel, sysfsRoot: sysfsRoot)
        sampler = try PeakDetectorSampler(wiring, sysfsRoot: sysfsRoot)
        if let divider = wiring.proximity {
            proximity = try DividerProximity(divider, sysfsRoot: sysfsRoot)
        } else {
            proximity = nil
        }
        if let file = wiring.temperatureFile {
            temperature = try MillidegreeFile(path: "\(sysfsRoot)/\(file)")
        } else {
            temperature = nil
        }
    }

    /// Leaves the board as a charger that offers nothing: x1, enable low, plug free.
    func release() {
        _ = lines.write(enable: false)
        try? generator.generate(.x1)
        _ = lines.write(selfTest: false)
        _ = lines.write(locked: false)
        _ = lines.write(pilotConnected: true)
    }
}
