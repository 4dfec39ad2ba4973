import Quantities
import Testing

@testable import Metering

/// Reads that somebody asks for, between the polls that sell.
@Suite struct RegisterWishTests {
    private static let wish = RegisterWish(
        meter: 0, request: RegisterRequest(functionCode: 4, address: 72, count: 2))

    private func words(_ outcome: (wish: RegisterWish, result: Result<BlockReply, MeteringError>)?) -> [UInt16]? {
        if case .success(let reply)? = outcome?.result { reply.words } else { nil }
    }

    /// So many reads are one poll: what is wanted while the line sleeps until the next poll comes behind them.
    private static func readsOfAPoll() throws -> Int {
        var bus = try Fixtures.sdm630Bus()
        bus.run(events: 2)
        let before = bus.line.reads
        bus.run(events: 1)
        return bus.line.reads - before
    }

    @Test func `a wish is read once, between two polls, and no poll and no count knows of it`() throws {
        var (bus, other) = (try Fixtures.sdm630Bus(), try Fixtures.sdm630Bus())
        bus.run(events: 2)
        other.run(events: 2)
        bus.want(Self.wish)
        bus.run(events: 3)
        other.run(events: 3)
        let outcome = bus.takeOutcome()
        #expect(outcome?.wish == Self.wish)
        let present = bus.line.meters[1]?.words(functionCode: 4, address: 72, count: 2, at: bus.line.now)
        // The low word counts on.
        #expect(words(outcome)?.count == 2 && words(outcome)?.first == present?.first)
        #expect(bus.takeOutcome() == nil)
        #expect(bus.line.reads == other.line.reads + 1)
        #expect(bus.statistics == other.statistics)
        #expect(bus.readings == other.readings)
    }

    @Test(arguments: SimulatedLine.Fault.allCases.filter { $0 != .hangUp && $0 != .muchTooLate })
    func `whatever becomes of it, the next poll is true, and on time, but behind a double reply`(
        fault: SimulatedLine.Fault
    ) throws {
        var (bus, other) = (try Fixtures.sdm630Bus(), try Fixtures.sdm630Bus())
        bus.run(events: 2)
        bus.want(Self.wish)
        bus.line.faults = Array(repeating: nil, count: try Self.readsOfAPoll()) + [fault]
        bus.run(events: 3)
        other.run(events: 5)
        let outcome = bus.takeOutcome()
        #expect(outcome != nil)
        #expect((words(outcome) != nil) == (fault == .duplicate), "\(fault)")
        #expect(bus.line.faults.isEmpty)
        // A reply that comes twice meets the next poll, which then asks again, as after a poll's own.
        if fault != .duplicate { #expect(bus.readings.map(\.at) == other.readings.map(\.at)) }
        #expect(bus.refusals.isEmpty && bus.losses.isEmpty)
        for reading in bus.readings {
            #expect(abs(reading.import.rawValue - Fixtures.steadyEnergy(reading.at)) < 20_000)
        }
    }

    @Test func `a line that breaks under a wish is lost, and comes back by itself`() throws {
        var bus = try Fixtures.sdm630Bus()
        bus.run(events: 2)
        bus.want(Self.wish)
        bus.line.faults = Array(repeating: nil, count: try Self.readsOfAPoll()) + [.hangUp]
        bus.run(events: 3)
        guard case .failure(.linkLost)? = bus.takeOutcome()?.result else {
            Issue.record("expected a broken line")
            return
        }
        #expect(bus.losses.count == 1 && bus.readings.count >= 2)
    }

    @Test func `where the polls leave no room it waits, and is taken back`() throws {
        let line = SimulatedLine([1: VendorMeter(.sdm630, energy: Fixtures.steadyEnergy)])
        let meter = try MeterConfiguration(
            profile: try Fixtures.sdm630(), pollInterval: .milliseconds(500), limits: Fixtures.limits)
        var bus = SimulatedBus(line, [meter], link: try Fixtures.rtu())
        bus.run(events: 2)
        bus.want(Self.wish)
        bus.run(.seconds(30))
        #expect(bus.takeOutcome() == nil)
        #expect(!bus.line.log.contains("read 4/72/2"))
        bus.want(nil)
        #expect(bus.readings.count > 50)
    }

    @Test func `a wish of a meter that is not there is no reason to stop`() throws {
        var bus = try Fixtures.sdm630Bus()
        bus.want(RegisterWish(meter: 1, request: Self.wish.request))
        bus.run(events: 4)
        #expect(bus.takeOutcome() == nil && bus.readings.count == 3)
    }

    @Test func `somebody who asks the bus itself is answered while it sleeps, or told that there was no room`() throws {
        let meter = try PseudoTerminalMeter(VendorMeter(.sdm630))
        defer { meter.stop() }
        func bus(poll: Int64, _ log: EventLog) throws -> ModbusBus {
            ModbusBus(
                link: .rtu(device: meter.path, line: try SerialLine(baud: 115_200, format: "8N1")),
                meters: [
                    try MeterConfiguration(
                        profile: try Fixtures.promptSDM630(), pollInterval: .milliseconds(poll), limits: Fixtures.limits
                    )
                ]
            ) { _, event in log.add(event) }
        }
        let log = EventLog()
        let idle = try bus(poll: 60_000, log)
        try idle.start()
        #expect(log.wait { $0.readings.count == 1 })
        let read = try idle.readRegisters(Self.wish.request, of: 0, within: .seconds(30))
        #expect(read.unit == 1 && read.words.count == 2 && read.elapsed > .zero)
        #expect(log.readings.count == 1, "no poll was needed for it")
        // The meter's own refusal is its answer.
        #expect(throws: MeteringError.exception(code: 2)) {
            try idle.readRegisters(
                RegisterRequest(functionCode: 4, address: 60_000, count: 1), of: 0, within: .seconds(30))
        }
        idle.stop()
        let busyLog = EventLog()
        let busy = try bus(poll: 100, busyLog)
        try busy.start()
        #expect(busyLog.wait { $0.readings.count == 1 })
        #expect(throws: MeteringError.noRoom(within: .milliseconds(300))) {
            try busy.readRegisters(Self.wish.request, of: 0, within: .milliseconds(300))
        }
        busy.stop()
    }
}
