import Foundation
import Glibc
import Quantities
import Synchronization
import Testing

@testable import BoardIO

@Suite("Sources of a temperature")
struct TemperatureSourceTests {
    private let sysfs: FakeSysfs
    private let device = "bus/iio/devices/iio:device0"

    init() throws { sysfs = try FakeSysfs() }

    private func sensor(_ channel: Int, _ curve: TemperatureCurve? = nil) throws -> ConverterTemperature {
        try ConverterTemperature(
            GPIOWiring.TemperatureChannel(device: "iio:device0", channel: channel, curve: curve), sysfsRoot: sysfs.root)
    }

    @Test(
        "the kernel's decimals are read to the digit",
        arguments: [
            ("1", 1_000_000_000), ("0.805664062", 805_664_062), ("-0.5", -500_000_000),
            ("12.0000000019", 12_000_000_001),
            ("", nil), ("-", nil), ("1.", nil), (".5", nil), ("1e3", nil), ("0x10", nil), ("1.2.3", nil), ("+1", nil),
            ("99999999999999999999", nil), ("٣", nil),
        ] as [(String, Int64?)])
    func decimals(_ text: String, _ billionths: Int64?) {
        #expect(IIOScale.decimal(text, digits: 9) == billionths)
    }

    @Test("a channel of temperature is (raw + offset) × scale, in thousandths of a degree")
    func temperatureChannel() throws {
        // As a converter of 62.5 m°C a count, with an offset of its own and a scale that all its channels share.
        try sysfs.write("\(device)/in_temp1_raw", "400\n")
        try sysfs.write("\(device)/in_temp_scale", "62.500000000\n")
        #expect(try sensor(1).temperature() == DeciCelsius(250))
        try sysfs.write("\(device)/in_temp1_offset", "-80.5\n")
        #expect(try sensor(1).temperature() == DeciCelsius(199))
        try sysfs.write("\(device)/in_temp1_scale", "125\n")
        let own = try sensor(1)
        #expect(try own.temperature() == DeciCelsius(399), "the channel's own scale comes first")
        for raw in ["9000", "-9000", "9223372036854775807"] {
            try sysfs.write("\(device)/in_temp1_raw", "\(raw)\n")
            #expect(throws: BoardError.self, "\(raw)") { try own.temperature() }
        }
        try sysfs.write("\(device)/in_temp1_scale", "0\n")
        #expect(throws: BoardError.notANumber(path: "\(sysfs.root)/\(device)/in_temp1_scale", text: "0")) {
            try sensor(1)
        }
        #expect(throws: BoardError.self, "no such channel") { try sensor(2) }
    }

    @Test("an NTC's table is followed in straight lines, either way, and what lies beyond it is a broken sensor")
    func curve() throws {
        // 10 kΩ at 25 °C below 10 kΩ at 3.3 V: the voltage falls as it grows warm.
        let curve = TemperatureCurve(millivolts: [300, 1_000, 1_650, 3_000], decidegrees: [1_000, 500, 250, -400])
        func at(_ microvolts: Int64) -> Int32? { curve.temperature(atMicrovolts: microvolts)?.rawValue }
        #expect(at(300_000) == 1_000 && at(3_000_000) == -400 && at(1_650_000) == 250 && at(1_000_000) == 500)
        #expect(at(650_000) == 750 && at(1_325_000) == 375)
        #expect(at(299_999) == nil && at(3_000_001) == nil)
        let rising = TemperatureCurve(millivolts: [-100, 100], decidegrees: [-100, 100])
        #expect(rising.temperature(atMicrovolts: 0) == DeciCelsius(0))
        #expect(rising.temperature(atMicrovolts: -50_000) == DeciCelsius(-50))

        try sysfs.write("\(device)/in_voltage5_raw", "2048\n")
        try sysfs.write("\(device)/in_voltage_scale", "0.805664062\n")
        let sensor = try sensor(5, curve)
        // 2048 counts are 1649.99 mV.
        #expect(try sensor.temperature() == DeciCelsius(251))
        try sysfs.write("\(device)/in_voltage5_raw", "4095\n")
        #expect(
            throws: BoardError.outOfRange(
                what: "\(sysfs.root)/\(device)/in_voltage5_raw in mV", found: 3_299, low: 300, high: 3_000)
        ) { try sensor.temperature() }
    }

    private static let table = """
        [temperature.plug_converter]
        device = "iio:device0"
        channel = 5
        quantity = "voltage"
        millivolts = [300, 1000, 1650, 3000]
        decidegrees = [1000, 500, 250, -400]
        """

    private func profile(_ change: (String, String) = ("", "")) throws -> String {
        let table = change.0.isEmpty ? Self.table : Self.table.replacingOccurrences(of: change.0, with: change.1)
        return try text("gpio-bench.toml").replacingOccurrences(
            of: "[temperature]\nfile = \"class/thermal/thermal_zone0/temp\"\n",
            with: "[temperature]\nfile = \"class/thermal/thermal_zone0/temp\"\n\n\(table)\n")
    }

    @Test("a profile names it beside the files, and the board reads both")
    func board() throws {
        try sysfs.write("\(device)/in_voltage5_raw", "1000\n")
        try sysfs.write("\(device)/in_voltage5_scale", "1\n")
        let profile = try BoardProfile(bytes: Array(profile().utf8), file: "p")
        #expect(profile.hasBoardTemperature && profile.hasPlugTemperature)
        let board = try GPIOBoard(profile: profile, lines: FakeLines(), sysfsRoot: sysfs.root)
        #expect(board.missingParts().isEmpty)
        try board.start()
        #expect(eventually { board.sample().number > 0 })
        #expect(
            board.sample().plugTemperature == DeciCelsius(500) && board.sample().boardTemperature == DeciCelsius(419))
        try sysfs.write("\(device)/in_voltage5_raw", "0\n")
        #expect(eventually { board.sample().plugTemperature == nil && board.sample().boardTemperature != nil })
        board.stop()
        try FileManager.default.removeItem(atPath: "\(sysfs.root)/\(device)/in_voltage5_scale")
        let bare = try GPIOBoard(profile: profile, lines: FakeLines(), sysfsRoot: sysfs.root)
        #expect(bare.missingParts().count == 1)
        #expect(bare.missingParts()[0].hasPrefix("temperature: \(sysfs.root)/\(device)/in_voltage5_scale: look: "))
    }

    @Test(
        "what a channel must not be is refused where it is said",
        arguments: [
            ("channel = 5", "channel = 64", "channel"),
            ("\"iio:device0\"", "\"../device0\"", "device"),
            ("\"voltage\"", "\"current\"", "quantity"),
            ("\"voltage\"", "\"temperature\"", "decidegrees millivolts"),
            ("millivolts = [300, 1000, 1650, 3000]", "millivolts = [300, 1000, 1000, 3000]", "millivolts[2]"),
            ("millivolts = [300, 1000, 1650, 3000]", "millivolts = [300, 1000, 1650]", "decidegrees"),
            ("millivolts = [300, 1000, 1650, 3000]", "millivolts = [300]", "millivolts"),
            ("millivolts = [300, 1000, 1650, 3000]\n", "", "millivolts"),
            ("250, -400", "250, 260", "decidegrees[3]"),
            ("1000, 500", "500, 500", "decidegrees[1]"),
            ("-400", "-601", "decidegrees[3]"),
        ])
    func refused(_ old: String, _ new: String, _ keys: String) throws {
        let found = try mistakes(profile((old, new))).map { $0.split(separator: " ")[1] }
        #expect(
            found.map { $0.replacingOccurrences(of: "temperature.plug_converter.", with: "") }.sorted()
                == keys.split(separator: " ").map(String.init))
    }

    @Test("a sensor is a file or a channel, and a table without one is none")
    func either() throws {
        let both = try profile(("plug_converter", "converter"))
        #expect(mistakes(both).map { $0.split(separator: " ")[1] } == ["temperature.converter"])
        let none = try text("gpio-bench.toml").replacingOccurrences(
            of: "file = \"class/thermal/thermal_zone0/temp\"\n", with: "")
        #expect(mistakes(none).map { $0.split(separator: " ")[1] } == ["temperature"])
    }

    /// A sensor that answers until it is told to hang.
    private final class HangingSensor: TemperatureSensor {
        let isHanging = Atomic<Bool>(false)
        let reads = Atomic<Int>(0)
        let fails = Atomic<Bool>(false)

        func temperature() throws(BoardError) -> DeciCelsius {
            reads.add(1, ordering: .relaxed)
            while isHanging.load(ordering: .acquiring) { usleep(1_000) }
            if fails.load(ordering: .relaxed) { throw .alreadyStarted }
            return DeciCelsius(200)
        }
    }

    @Test("a sensor that hangs keeps nobody waiting, and its last word counts for 3 s from before it was asked")
    func hanging() throws {
        let sensor = HangingSensor()
        let sampler = try TemperatureSampler(board: sensor, plug: nil, counts: BoardCounts())
        let first = sampler.reading(at: monotonicNow())
        #expect(first.board == DeciCelsius(200) && first.plug == nil)
        let reads = sensor.reads.load(ordering: .relaxed)
        sensor.isHanging.store(true, ordering: .releasing)
        #expect(eventually { sensor.reads.load(ordering: .relaxed) > reads })
        let at = sampler.reading(at: first.at).at
        #expect(sampler.reading(at: at + .seconds(3)).board == DeciCelsius(200))
        #expect(sampler.reading(at: at + .seconds(3) + Nanoseconds(1)).board == nil)
        sensor.fails.store(true, ordering: .relaxed)
        sensor.isHanging.store(false, ordering: .releasing)
        #expect(eventually { sampler.reading(at: at).board == nil }, "what fails is unknown")
        sampler.stop()
    }

    @Test("a sensor that hangs from the start on does not stop the start, and its first word counts when it comes")
    func hangingAtStart() throws {
        let sensor = HangingSensor()
        sensor.isHanging.store(true, ordering: .releasing)
        let made = Mutex<TemperatureSampler?>(nil)
        let starting = Thread {
            let sampler = try? TemperatureSampler(board: sensor, plug: nil, counts: BoardCounts())
            made.withLock { $0 = sampler }
        }
        starting.start()
        #expect(eventually { made.withLock { $0 != nil } })
        #expect(made.withLock { $0?.reading(at: monotonicNow()).board } == nil)
        sensor.isHanging.store(false, ordering: .releasing)
        #expect(eventually { made.withLock { $0?.reading(at: monotonicNow()).board } == DeciCelsius(200) })
        made.withLock { $0?.stop() }
    }
}
