import Quantities

/// A hwmon or thermal-zone file.
final class MillidegreeFile: TemperatureSensor {
    private let file: DeviceFile

    init(path: String) throws(BoardError) { file = try DeviceFile(path: path) }

    func temperature() throws(BoardError) -> DeciCelsius {
        try DeciCelsius(millidegrees: try file.readNumber(), from: file.path)
    }
}
