import Quantities

/// A temperature from a channel of an IIO converter: one that measures temperature itself, or a voltage that a table makes one of.
///
/// The kernel says how its counts are to be taken: (raw + offset) × scale is thousandths of a degree, or millivolts
/// (Documentation/ABI/testing/sysfs-bus-iio). Scale and offset are read once.
final class ConverterTemperature: TemperatureSensor {
    private let file: DeviceFile
    private let scale: IIOScale
    private let curve: TemperatureCurve?

    init(_ channel: GPIOWiring.TemperatureChannel, sysfsRoot: String) throws(BoardError) {
        let device = try SysfsDevices.converter(channel.device, sysfsRoot: sysfsRoot)
        let folder = "\(sysfsRoot)/bus/iio/devices/\(device)"
        file = try DeviceFile(path: "\(folder)/\(channel.fileName)")
        scale = try IIOScale(folder: folder, kind: channel.kind, channel: channel.channel)
        curve = channel.curve
    }

    func temperature() throws(BoardError) -> DeciCelsius {
        let count = try file.readNumber()
        guard let microunits = scale.microunits(ofCount: count) else {
            throw .outOfRange(what: file.path, found: count, low: Int64(Int32.min), high: Int64(Int32.max))
        }
        guard let curve else { return try DeciCelsius(millidegrees: microunits / 1_000, from: file.path) }
        guard let temperature = curve.temperature(atMicrovolts: microunits) else {
            let ends = curve.ends
            throw .outOfRange(what: "\(file.path) in mV", found: microunits / 1_000, low: ends.low, high: ends.high)
        }
        return temperature
    }
}

extension DeciCelsius {
    /// What a sensor of a charger can say, in thousandths of a degree; beyond it is a sensor that is broken.
    static var sensible: ClosedRange<Int64> { -60_000...200_000 }

    /// From thousandths of a degree that this file said; refuses what is not `sensible`.
    init(millidegrees: Int64, from path: String) throws(BoardError) {
        guard Self.sensible.contains(millidegrees) else {
            throw .outOfRange(
                what: "\(path) in m°C", found: millidegrees, low: Self.sensible.lowerBound,
                high: Self.sensible.upperBound)
        }
        self.init(Int32(millidegrees / 100))
    }
}

extension GPIOWiring.TemperatureChannel {
    /// What the kernel calls the quantity.
    var kind: String { curve == nil ? "temp" : "voltage" }

    /// The file of its counts.
    var fileName: String { "in_\(kind)\(channel)_raw" }
}
