import Quantities

/// One calibrated channel of an IIO converter.
final class ConverterInput: Sendable {
    private let file: DeviceFile
    private let channel: GPIOWiring.ConverterChannel
    private let readings = LatestValue(ConverterReading())

    init(_ channel: GPIOWiring.ConverterChannel, sysfsRoot: String) throws(BoardError) {
        self.channel = channel
        let device = try SysfsDevices.converter(channel.device, sysfsRoot: sysfsRoot)
        file = try DeviceFile(path: "\(sysfsRoot)/bus/iio/devices/\(device)/in_voltage\(channel.channel)_raw")
    }

    /// The voltage at the board's terminal; refuses what lies beyond `limit` either way. On the board's own thread alone.
    func read(limit: Millivolts) throws(BoardError) -> Millivolts {
        let count = try file.readNumber()
        // Also one whose voltage is refused: that is what a calibration may be about.
        readings.publish(newest.next(count))
        return try channel.voltage(of: count, limit: limit, source: file.path)
    }

    /// The newest reading, for any thread.
    var newest: ConverterReading { readings.read() }
}

extension GPIOWiring.ConverterChannel {
    /// The voltage at the board's terminal that this many counts are; refuses what lies beyond `limit` either way.
    func voltage(of count: Int64, limit: Millivolts, source: String) throws(BoardError) -> Millivolts {
        let high = Int64(limit.rawValue)
        let (microvolts, overflow) = count.multipliedReportingOverflow(by: microvoltsPerCount)
        guard !overflow else { throw .outOfRange(what: source, found: count, low: -high, high: high) }
        // Rounded to the nearest millivolt; the calibration is no finer.
        let half: Int64 = microvolts < 0 ? -500 : 500
        let millivolts = microvolts / 1_000 + (microvolts % 1_000 + half) / 1_000 + Int64(offset.rawValue)
        guard millivolts >= -high, millivolts <= high else {
            throw .outOfRange(what: source, found: millivolts, low: -high, high: high)
        }
        return Millivolts(Int32(millivolts))
    }
}
