import Quantities

/// A hwmon or thermal-zone file.
final class MillidegreeFile: TemperatureSensor {
    private let file: DeviceFile

    init(path: String) throws(BoardError) { file = try DeviceFile(path: path) }

    func temperature() throws(BoardError) -> DeciCelsius {
        let millidegrees = try file.readNumber()
        guard millidegrees >= -60_000, millidegrees <= 200_000 else {
            throw .outOfRange(what: "\(file.path) in m°C", found: millidegrees, low: -60_000, high: 200_000)
        }
        return DeciCelsius(Int32(millidegrees / 100))
    }
}
