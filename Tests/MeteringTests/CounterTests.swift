import Quantities
import Testing

@testable import Metering

/// What several refused readings in a row say of the meter: a reset, a swap, or a meter that is not believed.
struct CounterTests {
    private func bus() throws -> SimulatedBus {
        var bus = try Fixtures.sdm630Bus()
        bus.run(events: 4)
        return bus
    }

    @Test func `a register that fell and stays there is a reset after three polls, told in a generation of its own`()
        throws
    {
        var bus = try bus()
        let before = bus.readings.count
        bus.line.meters[1]?.energy = { Fixtures.steadyEnergy($0) - 900_000_000 }
        bus.run(.seconds(9))
        #expect(bus.refusals.map(\.isDistrust) == [false, false])
        let refusal = try #require(bus.refusals.first)
        guard case .implausible(.fell) = refusal.reason else {
            Issue.record("\(refusal)")
            return
        }
        #expect(refusal.evidence?.count == 4)
        #expect(refusal.confirmation?.count == 6)
        #expect(bus.refusals.map(\.total) == [1, 2])
        let first = bus.readings[before]
        #expect(first.generation == 2 && first.origin == .reset && first.carried == .zero)
        #expect(bus.readings[..<before].allSatisfy { $0.generation == 1 && $0.origin == .meter })
        // It was asked who it is, and was the same.
        #expect(bus.identities.map(\.1) == [1, 1, 1])
        #expect(first.at - first.identified < .milliseconds(1_500))
        #expect(bus.readings.count > before + 1)
        #expect(bus.readings[before...].allSatisfy { $0.generation == 2 })
    }

    @Test func `a register that is back after two polls was a doubt, and the count begins anew`() throws {
        var bus = try bus()
        for _ in 0..<3 {
            bus.line.meters[1]?.energy = { Fixtures.steadyEnergy($0) - 900_000_000 }
            let refusals = bus.refusals.count
            let end = bus.line.now + .seconds(10)
            while bus.refusals.count < refusals + 2, bus.line.now < end { bus.run(.milliseconds(1)) }
            bus.line.meters[1]?.energy = Fixtures.steadyEnergy
            bus.run(.seconds(2))
        }
        #expect(bus.refusals.count == 6)
        #expect(bus.refusals.allSatisfy { !$0.isDistrust })
        #expect(bus.readings.allSatisfy { $0.generation == 1 })
    }

    @Test func `registers that fall and contradict each other are no reset: the meter is distrusted`() throws {
        var bus = try bus()
        let start = bus.line.now
        // Lower with every poll, but not between two reads of one.
        bus.line.meters[1]?.energy = {
            Fixtures.steadyEnergy(start) - 100_000_000 - ($0 - start).wholeMilliseconds / 1_500 * 1_000_000
        }
        bus.run(.seconds(12))
        #expect(bus.refusals.count >= 4)
        #expect(bus.refusals.map(\.isDistrust).prefix(4) == [false, false, true, true])
        #expect(bus.readings.allSatisfy { $0.generation == 1 })
    }

    @Test func `a jump is distrusted at the third poll, and counted from there once that is asked for`() throws {
        var bus = try bus()
        bus.line.meters[1]?.energy = { Fixtures.steadyEnergy($0) + 900_000_000_000 }
        bus.run(.seconds(12))
        #expect(bus.refusals.map(\.isDistrust).prefix(4) == [false, false, true, true])
        #expect(bus.readings.allSatisfy { $0.generation == 1 })
        bus.acceptNewBase()
        bus.run(.seconds(3))
        let last = try #require(bus.readings.last)
        #expect(last.generation == 2 && last.origin == .request)
        #expect(last.import.rawValue > 900_000_000_000)
        #expect(bus.identities.last?.1 == 2)
        // Asked once, done once.
        bus.requestIdentification()
        bus.run(.seconds(2))
        #expect(bus.identities.last?.1 == 2 && bus.readings.last?.generation == 2)
    }

    @Test func `a doubt about the register asks who the meter is: a swap is told as one`() throws {
        var bus = try bus()
        let before = bus.readings.count
        var other = VendorMeter(.sdm630, energy: { Fixtures.steadyEnergy($0) + 900_000_000 })
        other.serial = 99
        bus.line.meters = [1: other]
        bus.run(.seconds(4))
        #expect(bus.refusals.count == 1)
        #expect(bus.identities.map(\.1) == [1, 2])
        #expect(bus.readings[before].generation == 2 && bus.readings[before].origin == .meter)
    }

    @Test func `a meter whose settings are not those of the profile is distrusted at the third look`() throws {
        var bus = try bus()
        bus.line.meters[1]?.frequency = 0.02
        bus.line.faults = [.hangUp]
        bus.run(.seconds(20))
        #expect(bus.refusals.map(\.isDistrust).prefix(4) == [false, false, true, true])
        guard case .guardFailed = bus.refusals[0].reason else {
            Issue.record("\(bus.refusals[0])")
            return
        }
    }

    @Test func `a line that garbles replies says nothing of the meter`() throws {
        var bus = try bus()
        bus.line.drawFault = { .checksum }
        bus.run(.seconds(30))
        #expect(bus.refusals.isEmpty)
        #expect(!bus.losses.isEmpty)
    }

    @Test func `a wrap is believed of a meter that has just told who it is, and carries its modulus`() throws {
        let modulus: Int64 = 2_000_000_000
        let profile = try Fixtures.wrappingSDM630(at: modulus)
        let start = Fixtures.start
        let truth: @Sendable (MonotonicInstant) -> Int64 = { modulus - 10_000 + ($0 - start).wholeMilliseconds * 2 }
        var bus = try Fixtures.sdm630Bus(energy: { truth($0) % modulus }, profile: profile)
        bus.run(.seconds(4))
        #expect(bus.identities.count == 1)
        bus.run(.seconds(6))
        #expect(bus.refusals.isEmpty)
        #expect(bus.identities.map(\.1) == [1, 1])
        let wrapped = try #require(bus.readings.first { $0.rollovers == 1 })
        #expect(wrapped.carried == MilliwattHours(modulus) && wrapped.modulus == MilliwattHours(modulus))
        #expect(wrapped.at - wrapped.identified < .milliseconds(500))
        for (earlier, later) in zip(bus.readings, bus.readings.dropFirst()) {
            #expect(later.total >= earlier.total && later.total - earlier.total < MilliwattHours(5_000))
        }
        // Another meter in its place does not wrap: it begins.
        let other = try Fixtures.wrappingSDM630(at: modulus)
        var swapped = try Fixtures.sdm630Bus(energy: { truth($0) % modulus }, profile: other)
        swapped.run(.seconds(4))
        swapped.line.meters[1]?.serial = 99
        swapped.run(.seconds(6))
        #expect(swapped.readings.allSatisfy { $0.rollovers == 0 })
        #expect(swapped.readings.last?.generation == 2)
    }

    @Test func `an identity that is wanted is read before the next reading, once`() throws {
        var bus = try bus()
        let wanted = bus.line.now
        let cell = MeterConditionCell()
        cell.wantIdentity(since: wanted)
        bus.heed(cell)
        let before = bus.readings.count
        bus.run(events: 2)
        #expect(bus.identities.count == 2)
        #expect(bus.readings[before].identified >= wanted)
        bus.heed(cell)
        bus.run(.seconds(3))
        #expect(bus.identities.count == 2)
        #expect(bus.readings.last?.identified == bus.readings[before].identified)
    }
}
