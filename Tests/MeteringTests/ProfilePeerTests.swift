import Foundation
import Quantities
import Testing

@testable import Metering

/// Every shipped profile against a device that was built from the vendor's register table and not from the profile: energy,
/// serial number and all live values, to the last digit.
@Suite(
    .enabled(if: PymodbusMeter.python != nil, "WATTSEAL_PEERS_PYTHON names a Python with pymodbus 3.16.1 and pyserial"))
struct ProfilePeerTests {
    /// A profile, the device that it is for, and what the device has and the profile does not read.
    struct Pair: Sendable, CustomTestStringConvertible {
        let file: String
        let device: String
        var unread: Set<String> = []
        var options: [String] = []

        var testDescription: String { ([file, device] + options).joined(separator: " ") }
    }

    static let pairs: [Pair] = [
        Pair(file: "eastron-sdm630", device: "sdm630", options: ["--state", "odd"]),
        Pair(file: "eastron-sdm72d", device: "sdm72d"),
        Pair(file: "eastron-sdm72dm-v2", device: "sdm72dm-v2"),
        Pair(file: "eastron-sdm120", device: "sdm120"),
        Pair(file: "eastron-sdm230", device: "sdm230"),
        Pair(file: "gavazzi-em24-din", device: "em24", unread: ["export"]),
        Pair(file: "gavazzi-em24-e1", device: "em24-e1", unread: ["export"]),
        Pair(file: "gavazzi-em340", device: "em340", unread: ["export"]),
        Pair(file: "gavazzi-em580", device: "em580", unread: ["export"]),
        Pair(file: "gavazzi-em111", device: "em111", unread: ["export"]),
        Pair(file: "abb-b23", device: "abb-b23"),
        Pair(file: "schneider-iem3155", device: "iem3155", options: ["--state", "odd"]),
        Pair(file: "phoenix-eem-em357", device: "eem357", unread: ["export", "voltage"]),
        Pair(file: "phoenix-eem-350", device: "eem350", unread: ["voltage", "power"]),
        Pair(file: "siemens-pac2200", device: "pac2200", unread: ["export"]),
        Pair(file: "siemens-pac1600", device: "pac1600"),
        Pair(file: "siemens-pac1600", device: "pac1600", options: ["--fc", "4"]),
        Pair(file: "siemens-pac1600", device: "pac1600", options: ["--fc", "3"]),
        Pair(file: "janitza-umg", device: "umg"),
        Pair(file: "orno-we516", device: "we516"),
        Pair(file: "inepro-pro380", device: "pro380"),
        Pair(file: "finder-7m38", device: "finder-7m"),
        Pair(file: "dzg-dvh4013", device: "dvh4013", unread: ["export"]),
        Pair(file: "sunspec-int", device: "sunspec-203"),
        Pair(file: "sunspec-int", device: "sunspec-203", options: ["--sunspec-base", "50000"]),
        Pair(file: "sunspec-float", device: "sunspec-213"),
        Pair(file: "sunspec-float", device: "sunspec-213", options: ["--sunspec-base", "0"]),
        Pair(file: "bauer-bsm-ws36a", device: "bsm-ws36a"),
    ]

    private static let unit: UInt8 = 7

    private func profile(_ pair: Pair) throws -> MeterProfile {
        try MeterProfile.load(path: Fixtures.root + "/Board/meters/\(pair.file).toml")
    }

    @Test func `every shipped profile has its device`() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Fixtures.root + "/Board/meters")
        #expect(Set(files) == Set(Self.pairs.map { $0.file + ".toml" }))
        #expect(files.count >= 14)
    }

    @Test(arguments: pairs) func `over TCP a device of the vendor's table is read to the last digit`(pair: Pair) throws
    {
        let port = PymodbusMeter.freePort()
        let peer = try PymodbusMeter(pair.device, ["tcp", "\(port)", "--unit", "\(Self.unit)"] + pair.options)
        defer { peer.stop() }
        try check(pair, .tcp(host: "127.0.0.1", port: port))
    }

    @Test func `a scan finds a meter by its register table alone`() throws {
        let port = PymodbusMeter.freePort()
        let peer = try PymodbusMeter("abb-b23", ["tcp", "\(port)", "--unit", "\(Self.unit)"])
        defer { peer.stop() }
        let profiles = try Set(Self.pairs.map(\.file)).sorted().map {
            try MeterProfile.load(path: Fixtures.root + "/Board/meters/\($0).toml")
        }
        let scan = MeterScan(target: .tcp(host: "127.0.0.1", port: port), units: [6, 7], profiles: profiles)
        var findings: [MeterFinding] = []
        try scanForMeters(scan) {
            #expect($0 == nil)
        } finds: {
            findings.append($0)
        }
        #expect(findings.map(\.unit) == [Self.unit])
        let expected = try Expected.of("abb-b23", [])
        let match = try #require(findings.first?.matches.first)
        #expect(findings.first?.matches.count == 1 && match.profileID == "abb.b23")
        #expect(match.serial == expected.serial && match.energy.rawValue == expected.importEnergy)
    }

    /// At the rate that the meter leaves the factory with; where no source tells it, at 9600 baud.
    @Test(
        arguments: pairs.filter { $0.file != "gavazzi-em24-e1" && $0.options.isEmpty || $0.options.first == "--state" })
    func `over a line as fast as its baud rate a device of the vendor's table is read to the last digit`(
        pair: Pair
    ) throws {
        let usual = try SerialLine(baud: 9_600, format: "8N1")
        let line = try profile(pair).link.line ?? usual
        let wire = try PacedLine(line)
        defer { wire.stop() }
        let peer = try PymodbusMeter(pair.device, ["rtu", wire.meter, "--unit", "\(Self.unit)"] + pair.options)
        defer { peer.stop() }
        try check(pair, .rtu(device: wire.charger, line: line))
    }

    /// On a line of 9600 baud the bus waits for bytes, and for nothing else: the silence between frames apart, it is busy for
    /// as long as they take on the wire.
    @Test func `a bus at 9600 baud is busy for the time of its frames`() throws {
        // A machine with other work makes a bus late, never early: the best of three is the bus's own.
        var shares: [Double] = []
        repeat {
            let (statistics, figures) = try poll(times: 20)
            #expect(statistics.readings >= 20 && statistics.timeouts == 0 && figures.collisions == 0)
            shares.append(Double(statistics.busy.rawValue) / Double(figures.busy))
        } while shares.count < 3 && !shares.contains { $0 <= 1.1 }
        #expect(shares.contains { $0 <= 1.1 }, "\(shares) of the frames' own time")
        #expect(shares.allSatisfy { $0 >= 0.9 })
    }

    /// Polls one meter at 9600 baud so often; the bus's count and the line's own.
    private func poll(times: Int) throws -> (MeterStatistics, PacedLine.Figures) {
        let settings = try SerialLine(baud: 9_600, format: "8N1")
        let wire = try PacedLine(settings)
        defer { wire.stop() }
        let peer = try PymodbusMeter("sdm630", ["rtu", wire.meter])
        defer { peer.stop() }
        let log = EventLog()
        let bus = ModbusBus(
            link: .rtu(device: wire.charger, line: settings),
            meters: [
                try MeterConfiguration(
                    profile: try Fixtures.sdm630(), pollInterval: .milliseconds(250),
                    limits: PlausibilityLimits(maximumPower: Milliwatts(100_000_000)))
            ]
        ) { _, event in log.add(event) }
        try bus.start()
        #expect(log.wait { $0.readings.count >= times })
        bus.stop()
        return (try #require(bus.statistics.first), try wire.figures())
    }

    private func check(_ pair: Pair, _ link: ModbusLink) throws {
        let configuration = try MeterConfiguration(
            profile: try profile(pair), unit: Self.unit, pollInterval: .milliseconds(50),
            limits: PlausibilityLimits(maximumPower: Milliwatts(100_000_000)))
        var results: [MeterReadResult] = []
        try readMeter(MeterReadRequest(link: link, meter: configuration, count: 2)) { results.append($0) }
        let expected = try Expected.of(pair.device, pair.options)
        #expect(results.count == 2)
        for result in results {
            guard case .accepted(let reading) = result.outcome else {
                Issue.record("\(result.json)")
                continue
            }
            #expect(result.identity.serial == expected.serial)
            #expect(reading.import.rawValue == expected.importEnergy)
            #expect(reading.export?.rawValue == (pair.unread.contains("export") ? nil : expected.exportEnergy))
            let voltages = pair.unread.contains("voltage") ? [] : expected.voltages
            #expect(reading.voltages.all.compactMap { $0?.rawValue } == voltages)
            #expect(reading.currents.all.compactMap { $0?.rawValue } == expected.currents)
            #expect(reading.power?.rawValue == (pair.unread.contains("power") ? nil : expected.power))
            #expect(reading.frequency?.rawValue == expected.frequency)
        }
    }

    /// What the device's own side says that a correct reader must report.
    private struct Expected: Decodable {
        let importEnergy: Int64
        let exportEnergy: Int64?
        let voltages: [Int32]
        let currents: [Int32]
        let power: Int64?
        let frequency: Int32?
        let serial: String

        /// In mWh, mV, mA, mW and mHz.
        enum CodingKeys: String, CodingKey {
            case importEnergy = "import_mwh"
            case exportEnergy = "export_mwh"
            case voltages = "voltage_mv"
            case currents = "current_ma"
            case power = "power_mw"
            case frequency = "frequency_mhz"
            case serial
        }

        static func of(_ device: String, _ options: [String]) throws -> Expected {
            let child = try ChildProcess(
                [PymodbusMeter.python ?? "python3", Fixtures.root + "/Tests/Peers/pymodbus_meter.py", device, "expect"]
                    + options)
            defer { child.stop() }
            let line = try #require(child.nextLine())
            return try JSONDecoder().decode(Expected.self, from: Data(line.utf8))
        }
    }
}
