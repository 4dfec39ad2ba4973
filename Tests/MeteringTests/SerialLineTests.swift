import Glibc
import Quantities
import Testing

@testable import Metering

/// libmodbus itself, on a pseudo-terminal, on real time. The simulated line covers the same faults on virtual time.
@Suite struct SerialLineTests {
    private static let energy: Int64 = 1_234_567_000

    private func bus(_ meter: PseudoTerminalMeter, _ log: EventLog, poll: Int64 = 50, prompt: Bool = true) throws
        -> ModbusBus
    {
        ModbusBus(
            link: .rtu(device: meter.path, line: try SerialLine(baud: 115_200, format: "8N1")),
            meters: [
                try MeterConfiguration(
                    profile: prompt ? try Fixtures.promptSDM630() : try Fixtures.sdm630(),
                    pollInterval: .milliseconds(poll), limits: Fixtures.limits)
            ]
        ) { _, event in log.add(event) }
    }

    @Test func `a bus identifies, reads, is asked to identify again, and stops promptly`() throws {
        let meter = try PseudoTerminalMeter(VendorMeter(.sdm630))
        defer { meter.stop() }
        let log = EventLog()
        let bus = try bus(meter, log, poll: 60_000, prompt: false)
        try bus.start()
        #expect(log.wait { $0.readings.count == 1 })
        #expect(log.identities.map(\.serial) == ["22551083"])
        #expect(log.readings.first?.import == MilliwattHours(1_234_567_017))
        // The next poll is a minute away: both requests wake the bus.
        bus.requestIdentification()
        #expect(log.wait { $0.readings.count == 2 })
        #expect(log.identities.count == 2)
        let before = MonotonicInstant.fromKernel()
        bus.stop()
        #expect(MonotonicInstant.fromKernel() - before < .seconds(5))
        let statistics = try #require(bus.statistics.first)
        #expect(statistics.readings == 2)
        #expect(statistics.requests == 10)
        #expect(statistics.latency.count == 10)
        #expect(statistics.latency.least > .zero)
        #expect(statistics.latency.most >= statistics.latency.least)
        #expect((0..<LatencyHistogram.steps).reduce(0) { $0 + statistics.latency[$1] } == 10)
        #expect(statistics.lastGood != nil)
        let count = log.all.count
        usleep(50_000)
        #expect(log.all.count == count, "no event after stop")
    }

    @Test(arguments: [
        PseudoTerminalMeter.Fault.late(milliseconds: 120), .checksum, .drop, .truncated, .duplicate, .busy, .wrongUnit,
        .garbage,
        .drip(milliseconds: 40),
    ]) func `libmodbus's faults are survived and never read as an energy`(fault: PseudoTerminalMeter.Fault) throws {
        let meter = try PseudoTerminalMeter(VendorMeter(.sdm630))
        defer { meter.stop() }
        let log = EventLog()
        let bus = try bus(meter, log)
        // Identity and guard pass; then the energy, its confirmation, and the live block fail in turn.
        meter.script([nil, nil, fault, nil, fault, nil, nil, fault])
        try bus.start()
        #expect(log.wait { $0.readings.count >= 3 })
        bus.stop()
        #expect(log.readings.allSatisfy { $0.import == MilliwattHours(1_234_567_017) })
        #expect(log.readings.allSatisfy { $0.voltages.l1 == Millivolts(230_100) })
        let statistics = try #require(bus.statistics.first)
        switch fault {
        case .late, .drop, .truncated, .drip: #expect(statistics.timeouts > 0)
        case .checksum: #expect(statistics.checksums > 0)
        case .busy: #expect(statistics.exceptions > 0)
        case .wrongUnit: #expect(statistics.wrongReplies > 0)
        case .garbage: #expect(statistics.checksums + statistics.wrongReplies + statistics.stale > 0)
        case .duplicate: break
        }
    }

    @Test func `a dripping reply is cut off at the timeout, not at a timeout for each byte`() throws {
        let meter = try PseudoTerminalMeter(VendorMeter(.sdm630))
        defer { meter.stop() }
        let transport = LibmodbusTransport(
            .rtu(device: meter.path, line: try SerialLine(baud: 115_200, format: "8N1")))
        #expect(try transport.connect(timeout: .seconds(1)) == nil, "a pseudo-terminal has no time of its own")
        meter.script([.drip(milliseconds: 30)])
        let before = MonotonicInstant.fromKernel()
        #expect(throws: MeteringError.timeout(after: .milliseconds(200))) {
            try transport.read(
                RegisterRequest(functionCode: 4, address: 0, count: 18), unit: 1, timeout: .milliseconds(200))
        }
        // 41 bytes at 30 ms would be 1.2 s.
        #expect(MonotonicInstant.fromKernel() - before < .milliseconds(900))
        transport.close()
    }

    @Test func `one line has one master`() throws {
        let meter = try PseudoTerminalMeter(VendorMeter(.sdm630))
        defer { meter.stop() }
        let link = ModbusLink.rtu(device: meter.path, line: try SerialLine(baud: 115_200, format: "8N1"))
        let first = LibmodbusTransport(link)
        _ = try first.connect(timeout: .seconds(1))
        let second = LibmodbusTransport(link)
        #expect(throws: MeteringError.occupied(device: meter.path)) { try second.connect(timeout: .seconds(1)) }
        first.close()
        _ = try second.connect(timeout: .seconds(1))
        second.close()
    }

    @Test func `what is no serial device is refused in words`() throws {
        let line = try SerialLine(baud: 9_600, format: "8E1")
        #expect(throws: MeteringError.cannotOpen(target: "/nonexistent", errno: ENOENT)) {
            try LibmodbusTransport(.rtu(device: "/nonexistent", line: line)).connect(timeout: .seconds(1))
        }
        #expect(throws: MeteringError.cannotOpen(target: "/dev/null", errno: ENOTTY)) {
            try LibmodbusTransport(.rtu(device: "/dev/null", line: line)).connect(timeout: .seconds(1))
        }
        #expect(throws: MeteringError.self) {
            try LibmodbusTransport(.tcp(host: "", port: 502)).connect(timeout: .seconds(1))
        }
        #expect(throws: MeteringError.unsupportedLine(baud: 250_000, format: "8N1")) {
            try SerialLine(baud: 250_000, format: "8N1")
        }
    }

    @Test func `meter read gives one JSON object with the promised keys`() throws {
        let meter = try PseudoTerminalMeter(VendorMeter(.sdm630))
        defer { meter.stop() }
        let request = MeterReadRequest(
            link: .rtu(device: meter.path, line: try SerialLine(baud: 115_200, format: "8N1")),
            meter: try MeterConfiguration(
                profile: try Fixtures.sdm630(), pollInterval: .milliseconds(10), limits: Fixtures.limits), count: 2)
        var results: [MeterReadResult] = []
        try readMeter(request) { results.append($0) }
        #expect(results.count == 2)
        #expect(results.allSatisfy { $0.isAccepted })
        let json = try #require(results.first?.json)
        let elapsed = try #require(json.firstMatch(of: #/"elapsed_us":(\d+)/#)?.1)
        #expect(
            json == """
                {"profile":"eastron.sdm630.v2","serial":"22551083","import_mwh":1234567017,"export_mwh":125000,\
                "voltage_mv":[230100,231200,229900],"current_ma":[16010,15980,16020],"power_mw":11061999,\
                "frequency_mhz":50010,"registers":[{"fc":4,"addr":72,"words":[17562,21029,15872,0]},\
                {"fc":4,"addr":70,"words":[16968,2621,17562,21029,15872,0]}],"elapsed_us":\(elapsed),"accepted":true}
                """)
    }

    @Test func `meter read of a meter that is not there ends with its error`() throws {
        let request = MeterReadRequest(
            link: .tcp(host: "127.0.0.1", port: 1),
            meter: try MeterConfiguration(profile: try Fixtures.sdm630(), limits: Fixtures.limits))
        #expect(throws: MeteringError.cannotOpen(target: "127.0.0.1:1", errno: ECONNREFUSED)) {
            try readMeter(request) { _ in }
        }
    }
}
