import Quantities
import Testing

@testable import Metering

/// Meters of two roles on one line.
@Suite struct BusSharingTests {
    /// The meter of the supply is listed first and due at the same time: the one that is sold from goes first, always.
    @Test func `billing reads first`() throws {
        let line = SimulatedLine([1: VendorMeter(.iem3155), 2: VendorMeter(.sdm630, energy: Fixtures.steadyEnergy)])
        let meters = [
            try MeterConfiguration(
                profile: try Fixtures.iem3155(), unit: 1, pollInterval: .milliseconds(250), limits: Fixtures.limits,
                role: .supply),
            try MeterConfiguration(profile: try Fixtures.sdm630(), unit: 2, limits: Fixtures.limits),
        ]
        #expect(meters[1].role == .billing)
        var bus = SimulatedBus(line, meters, link: try Fixtures.rtu())
        bus.run(.seconds(60))
        // Identification and first reading.
        let first = bus.notices.prefix { $0.meter == 1 }
        #expect(first.count >= 2)
        // The supply's readings take longer than its interval, so it is always due. A billing reading waits for the one that is
        // under way, and for no other.
        let billing = bus.notices.filter { $0.meter == 1 }.compactMap {
            if case .reading(let reading) = $0.event { reading.at } else { nil }
        }
        #expect(billing.count >= 45)
        #expect(bus.notices.filter { $0.meter == 0 }.count > 50)
        for (earlier, later) in zip(billing, billing.dropFirst()) { #expect(later - earlier < .milliseconds(1_600)) }
    }

    /// A meter that is sold from and is always due again lets the other one in now and then.
    @Test func `the supply's meter is not starved`() throws {
        let line = SimulatedLine([1: VendorMeter(.iem3155), 2: VendorMeter(.sdm630, energy: Fixtures.steadyEnergy)])
        let meters = [
            try MeterConfiguration(
                profile: try Fixtures.iem3155(), unit: 1, limits: Fixtures.limits, role: .supply),
            try MeterConfiguration(
                profile: try Fixtures.sdm630(), unit: 2, pollInterval: .milliseconds(100), limits: Fixtures.limits),
        ]
        var bus = SimulatedBus(line, meters, link: try Fixtures.rtu())
        bus.run(.seconds(60))
        let supply = bus.notices.filter { $0.meter == 0 }.count { if case .reading = $0.event { true } else { false } }
        #expect((12...20).contains(supply), "\(supply)")
        #expect(bus.notices.filter { $0.meter == 1 }.count > 150)
    }

    /// A house with a generator of its own: the register does what it likes beside the power. Nothing is sold from it.
    @Test func `what a supply's meter makes of the energy does not count`() throws {
        func bus(_ role: MeterConfiguration.Role) throws -> SimulatedBus {
            // Down, far up, and standing still at 11 kW.
            let meter = VendorMeter(.sdm630) { now in
                let second = (now - Fixtures.start).rawValue / 1_000_000_000
                return second < 20 ? 1_234_567_000 : second < 40 ? 1_000_000 : 900_000_000_000
            }
            let configuration = try MeterConfiguration(
                profile: try Fixtures.sdm630(), unit: 1, limits: Fixtures.limits, role: role)
            var bus = SimulatedBus(SimulatedLine([1: meter]), [configuration], link: try Fixtures.rtu())
            bus.run(.seconds(120))
            return bus
        }
        let supply = try bus(.supply)
        #expect(supply.refusals.isEmpty && supply.readings.count > 110)
        #expect(supply.readings.allSatisfy { $0.currents.l3 == Milliamps(16_020) })
        #expect(try bus(.billing).refusals.count > 20)
    }

    @Test func `a supply's meter that repeats itself is refused as frozen`() throws {
        let configuration = try MeterConfiguration(
            profile: try Fixtures.sdm630(), unit: 1, limits: Fixtures.limits, role: .supply)
        var bus = SimulatedBus(
            SimulatedLine([1: VendorMeter(.sdm630)]), [configuration], link: try Fixtures.rtu())
        bus.judge(under: MeterCondition(contactor: .absent(since: bus.line.now), promise: .zero))
        bus.run(.seconds(59))
        #expect(bus.refusals.isEmpty)
        bus.run(.seconds(5))
        guard case .implausible(.frozen) = bus.refusals.last?.reason else {
            Issue.record("\(String(describing: bus.refusals.last))")
            return
        }
        bus.line.meters[1]?.frequency = 49.99
        let count = bus.readings.count
        bus.run(.seconds(3))
        #expect(bus.readings.count > count)
    }

    @Test(arguments: [("eastron-sdm630", 3), ("eastron-sdm120", 1), ("eastron-sdm72d", 0)])
    func
        `a profile says of how many phases it measures the current`(name: String, phases: Int) throws
    {
        let profile = try MeterProfile.load(path: Fixtures.root + "/Board/meters/\(name).toml")
        #expect(profile.currentPhases == phases)
        #expect(profile.showsFreezing == (name != "eastron-sdm72d"))
    }

    /// The other function code is found by exception 1, and a meter that is changed for one with the other is identified
    /// before it is read.
    @Test func `function codes follow the meter`() throws {
        let text = String(decoding: try Fixtures.iem3155().fileBytes, as: UTF8.self)
            .replacing("fc = 3,", with: "fc = 4, fc_alt = 3,").replacing(/fc +=\ 3\n/, with: "fc = 4\nfc_alt = 3\n")
        let profile = try MeterProfile(bytes: Array(text.utf8), file: "either")
        for first in [3, 4] as [UInt8] {
            var meter = VendorMeter(.iem3155)
            meter.code = first
            let line = SimulatedLine([1: meter])
            var bus = SimulatedBus(
                line, [try MeterConfiguration(profile: profile, unit: 1, limits: Fixtures.limits)],
                link: try Fixtures.rtu())
            bus.run(.seconds(5))
            #expect(bus.identities.count == 1 && bus.readings.count >= 3 && bus.refusals.isEmpty)
            #expect(bus.readings.allSatisfy { $0.evidence.functionCode == first })
            line.meters[1]?.code = 7 - first
            line.meters[1]?.serial = 4_711
            bus.run(.seconds(20))
            #expect(bus.identities.map(\.0.serial) == ["22551083", "4711"], "from \(first)")
            let later = bus.readings.filter { $0.generation == 2 }
            #expect(later.count >= 3 && later.allSatisfy { $0.evidence.functionCode == 7 - first })
            #expect(bus.readings.count { $0.generation == 1 && $0.evidence.functionCode != first } == 0)
        }
    }
}
