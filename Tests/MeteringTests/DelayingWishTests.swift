import Quantities
import Testing

@testable import Metering

/// Reads for which a poll may be late, since nothing is sold.
@Suite struct DelayingWishTests {
    private static let wish = RegisterWish(
        meter: 0, request: RegisterRequest(functionCode: 4, address: 72, count: 2), mayDelay: true)
    private static let open = MeterCondition(contactor: .open(since: Fixtures.start), promise: .zero)

    /// A line of 9600 baud that polls each 500 ms fill.
    private static func fullBus(_ units: [UInt8] = [1], answering: [UInt8]? = nil) throws -> SimulatedBus {
        let meters = (answering ?? units).map { unit in
            var meter = VendorMeter(.sdm630)
            (meter.powerWatts, meter.amperes) = (0, [0, 0, 0])
            return (unit, meter)
        }
        let configurations = try units.map {
            try MeterConfiguration(
                profile: try Fixtures.sdm630(), unit: $0, pollInterval: .milliseconds(500), limits: Fixtures.limits)
        }
        var bus = SimulatedBus(
            SimulatedLine(Dictionary(uniqueKeysWithValues: meters)), configurations, link: try Fixtures.rtu())
        for meter in units.indices { bus.judge(meter: meter, under: open) }
        return bus
    }

    @Test func `where polls leave no room, a poll waits for it, and no reading is refused or lost`() throws {
        var bus = try Self.fullBus()
        bus.run(events: 2)
        bus.want(Self.wish)
        bus.run(.seconds(3))
        guard case .success(let reply)? = bus.takeOutcome()?.result else {
            Issue.record("expected registers")
            return
        }
        #expect(reply.words.count == 2)
        let before = bus.readings.count
        bus.run(.seconds(10))
        #expect(bus.readings.count >= before + 10)
        #expect(bus.refusals.isEmpty && bus.losses.isEmpty)
    }

    @Test(arguments: [
        MeterCondition(contactor: .closed(since: Fixtures.start), promise: .zero), MeterCondition.unknown,
    ])
    func `while energy may flow no poll waits`(condition: MeterCondition) throws {
        var bus = try Self.fullBus()
        bus.judge(under: condition)
        bus.run(events: 2)
        bus.want(Self.wish)
        bus.run(.seconds(20))
        #expect(bus.takeOutcome() == nil && !bus.line.log.contains("read 4/72/2"))
        bus.judge(under: Self.open)
        bus.run(.seconds(2))
        #expect(bus.takeOutcome() != nil)
    }

    @Test func `however many there are, each meter has its turn between two of them`() throws {
        var bus = try Self.fullBus([1, 2])
        bus.run(events: 4)
        for _ in 0..<600 {
            bus.want(Self.wish)
            bus.run(.milliseconds(50))
        }
        let wishes = bus.line.log.count { $0 == "read 4/72/2" }
        #expect(wishes > 10)
        for meter in 0..<2 {
            let readings = bus.notices.count { notice in
                if case .reading = notice.event { notice.meter == meter } else { false }
            }
            #expect(readings >= wishes - 1, "meter \(meter): \(readings) readings, \(wishes) wishes")
        }
        #expect(bus.refusals.isEmpty && bus.losses.isEmpty)
    }

    @Test func `beside a dead meter another unit is found within seconds, and the meter's own silence is told`() throws
    {
        var bus = try Self.fullBus([1], answering: [2])
        bus.run(.seconds(60))
        #expect(bus.losses.count == 1)
        var other = Self.wish
        other.unit = 2
        bus.want(other)
        bus.run(.seconds(11))
        guard case .success? = bus.takeOutcome()?.result else {
            Issue.record("expected registers of unit 2")
            return
        }
        bus.want(Self.wish)
        bus.run(.seconds(5))
        guard case .failure(.timeout)? = bus.takeOutcome()?.result else {
            Issue.record("expected a timeout")
            return
        }
    }

    @Test func `a closed line is opened for it at once, and the reason why it cannot be is its answer`() throws {
        let meter = try MeterConfiguration(profile: try Fixtures.sdm630(), limits: Fixtures.limits)
        var machine = BusMachine(link: try Fixtures.rtu(), meters: [meter], now: Fixtures.start)
        machine.judge(meter: 0, under: Self.open)
        let error = MeteringError.cannotOpen(target: "line", errno: 2)
        func at(_ milliseconds: Int64) -> MonotonicInstant { Fixtures.start + .milliseconds(milliseconds) }
        guard case .connect = machine.step(.woke, at(0)).action else {
            Issue.record("expected a connection")
            return
        }
        #expect(machine.step(.failed(error), at(1)).action == .close)
        #expect(machine.step(.closed, at(1)).action == .wait(until: at(501)))
        #expect(machine.step(.woke, at(2)).action == .wait(until: at(501)))
        machine.want(RegisterWish(meter: 0, request: Self.wish.request))
        #expect(machine.step(.woke, at(3)).action == .wait(until: at(501)), "that one waits")
        machine.want(Self.wish)
        guard case .connect = machine.step(.woke, at(4)).action else {
            Issue.record("expected a connection before its time")
            return
        }
        #expect(machine.step(.failed(error), at(5)).action == .close)
        guard case .failure(error)? = machine.takeOutcome()?.result else {
            Issue.record("expected the reason")
            return
        }
    }

    @Test func `a line that is opened early asks a lost meter no earlier for that`() throws {
        var bus = try Self.fullBus([1], answering: [])
        bus.run(.seconds(60))
        var other = Self.wish
        other.unit = 9
        let before = bus.statistics.requests
        var wishes = 0
        let end = bus.line.now + .seconds(30)
        while bus.line.now < end {
            bus.want(other)
            bus.run(.milliseconds(50))
            if bus.takeOutcome() != nil { wishes += 1 }
        }
        // Three requests at each end of the longest back-off.
        #expect(bus.statistics.requests - before <= 12, "\(bus.statistics.requests - before) requests")
        #expect(wishes >= 30, "\(wishes)")
    }
}
