import Quantities
import Testing

@testable import Metering

/// Against pymodbus 3.16.1: an implementation that shares nothing with libmodbus or with our profiles.
@Suite(
    .enabled(if: PymodbusMeter.python != nil, "WATTSEAL_PEERS_PYTHON names a Python with pymodbus 3.16.1 and pyserial"),
    .enabled(if: TerminalPair.socat != nil, "socat is installed"))
struct PeerTests {
    private func configuration(_ kind: VendorMeter.Kind) throws -> MeterConfiguration {
        try MeterConfiguration(
            profile: try Fixtures.profile(kind), pollInterval: .milliseconds(20),
            limits: PlausibilityLimits(maximumPower: Milliwatts(22_080_000_000)))
    }

    private func read(_ kind: VendorMeter.Kind, _ link: ModbusLink) throws -> MeterReadResult {
        var result: MeterReadResult?
        try readMeter(MeterReadRequest(link: link, meter: try configuration(kind))) { result = $0 }
        return try #require(result)
    }

    private func expectVendorValues(_ result: MeterReadResult, _ kind: VendorMeter.Kind) throws {
        #expect(result.identity.serial == "22551083")
        guard case .accepted(let reading) = result.outcome else {
            Issue.record("\(result.json)")
            return
        }
        // A binary32 of kWh, or whole Wh.
        #expect(reading.import == MilliwattHours(kind == .sdm630 ? 1_234_567_017 : 1_234_567_000))
        #expect(reading.export == MilliwattHours(125_000))
        #expect(reading.currents == PerPhase(l1: Milliamps(16_010), l2: Milliamps(15_980), l3: Milliamps(16_020)))
        #expect(reading.power == Milliwatts(11_062_000))
        if kind == .sdm630 {
            #expect(
                reading.voltages == PerPhase(l1: Millivolts(230_100), l2: Millivolts(231_200), l3: Millivolts(229_900)))
            #expect(reading.frequency == Millihertz(50_010))
        }
        #expect(reading.evidence.count == 4)
        #expect(reading.confirmation.count == (kind == .sdm630 ? 6 : 8))
    }

    @Test(arguments: [VendorMeter.Kind.sdm630, .iem3155]) func `over TCP, energy, serial and live values agree`(
        kind: VendorMeter.Kind
    ) throws {
        let port = PymodbusMeter.freePort()
        let peer = try PymodbusMeter("\(kind)", ["tcp", "\(port)"])
        defer { peer.stop() }
        for host in ["127.0.0.1", "localhost"] {
            try expectVendorValues(try read(kind, .tcp(host: host, port: port)), kind)
        }
    }

    @Test(arguments: [VendorMeter.Kind.sdm630, .iem3155]) func `over RTU, energy, serial and live values agree`(
        kind: VendorMeter.Kind
    ) throws {
        let pair = try TerminalPair()
        defer { pair.stop() }
        let peer = try PymodbusMeter("\(kind)", ["rtu", pair.first])
        defer { peer.stop() }
        let link = ModbusLink.rtu(device: pair.second, line: try SerialLine(baud: 9_600, format: "8N1"))
        try expectVendorValues(try read(kind, link), kind)
    }

    @Test func `a bus over TCP survives each fault, a meter that goes away, and one that comes back as another`() throws
    {
        let port = PymodbusMeter.freePort()
        var peer = try PymodbusMeter("sdm630", ["tcp", "\(port)"])
        let log = EventLog()
        let bus = ModbusBus(
            link: .tcp(host: "127.0.0.1", port: port), meters: [try configuration(.sdm630)]
        ) { _, event in log.add(event) }
        try bus.start()
        defer { bus.stop() }
        #expect(log.wait { $0.readings.count > 2 })
        for fault in ["transaction 1", "drop 1", "duplicate 1", "busy 1", "truncate 1"] {
            try peer.command("fault \(fault)")
            let count = log.readings.count
            #expect(log.wait { $0.readings.count > count + 2 }, "\(fault)")
        }
        try peer.command("energy 1235567000")
        #expect(log.wait { $0.readings.last.map { $0.import.rawValue > 1_235_500_000 } == true })
        peer.stop()
        #expect(log.wait { $0.all.contains { if case .lost = $0 { true } else { false } } })
        peer = try PymodbusMeter("sdm630", ["tcp", "\(port)"])
        try peer.command("serial 4711")
        // The bus may have been back before the serial number changed.
        bus.requestIdentification()
        #expect(log.wait { $0.identities.last?.serial == "4711" && $0.readings.last?.generation ?? 1 > 1 })
        peer.stop()
        let energies = Set(log.readings.filter { $0.generation == 1 }.map(\.import.rawValue))
        #expect(energies == [1_234_567_017, 1_235_567_017] || energies == [1_234_567_017, 1_235_566_895])
        let statistics = try #require(bus.statistics.first)
        #expect(statistics.timeouts > 0)
        #expect(statistics.exceptions == 1)
        #expect(statistics.stale > 0)
    }

    @Test func `a bus over RTU survives each fault`() throws {
        let pair = try TerminalPair()
        defer { pair.stop() }
        let peer = try PymodbusMeter("iem3155", ["rtu", pair.first])
        defer { peer.stop() }
        let log = EventLog()
        let bus = ModbusBus(
            link: .rtu(device: pair.second, line: try SerialLine(baud: 19_200, format: "8E1")),
            meters: [try configuration(.iem3155)]
        ) { _, event in log.add(event) }
        try bus.start()
        defer { bus.stop() }
        for fault in ["crc 1", "garbage 1", "drop 2", "duplicate 1", "busy 2", "truncate 1"] {
            let count = log.readings.count
            #expect(log.wait { $0.readings.count > count + 2 }, "\(fault)")
            try peer.command("fault \(fault)")
        }
        let count = log.readings.count
        #expect(log.wait { $0.readings.count > count + 2 })
        #expect(Set(log.readings.map(\.import.rawValue)) == [1_234_567_000])
        let statistics = try #require(bus.statistics.first)
        #expect(statistics.checksums > 0)
        #expect(statistics.timeouts > 0)
        #expect(statistics.exceptions == 2)
    }
}
