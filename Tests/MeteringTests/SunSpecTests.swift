import Quantities
import Testing

@testable import Metering

/// The walk along a chain of models, against devices that are built here register by register.
@Suite struct SunSpecTests {
    /// Registers from a base on: "SunS", models of these ids and lengths, the end.
    private func device(_ models: [(UInt16, UInt16)], base: UInt16, ends: Bool = true) -> [UInt16: UInt16] {
        var registers: [UInt16: UInt16] = [base: 0x5375, base + 1: 0x6E53]
        var next = base + 2
        for (id, length) in models {
            registers[next] = id
            registers[next + 1] = length
            for offset in 0..<length { registers[next + 2 + offset] = 7 }
            next += 2 + length
        }
        if ends {
            registers[next] = 0xFFFF
            registers[next + 1] = 0
        }
        return registers
    }

    /// Walks, as a meter answers: words, or exception 2 where it has no such registers.
    private func walk(_ registers: [UInt16: UInt16]) throws(MeteringError) -> (SunSpecChain, requests: Int) {
        var discovery = SunSpecDiscovery()
        var requests = 0
        while true {
            requests += 1
            let request = discovery.request
            #expect(request.functionCode == 3 && request.count == 2)
            let step: SunSpecDiscovery.Step
            if let first = registers[request.address], let second = registers[request.address + 1] {
                step = try discovery.take([first, second])
            } else {
                step = try discovery.refuse()
            }
            if step == .complete { return (discovery.chain, requests) }
        }
    }

    @Test(arguments: [40_000, 50_000, 0] as [UInt16]) func `a chain is found at each of its bases`(base: UInt16) throws
    {
        let (chain, requests) = try walk(device([(1, 66), (120, 26), (203, 105)], base: base))
        #expect(
            chain.models == [
                .init(id: 1, address: base + 2, length: 66), .init(id: 120, address: base + 70, length: 26),
                .init(id: 203, address: base + 98, length: 105),
            ])
        #expect(requests == 5 + [40_000, 50_000, 0].firstIndex(of: base)!)
    }

    @Test func `a chain that ends in an exception ends`() throws {
        #expect(try walk(device([(1, 66), (203, 105)], base: 40_000, ends: false)).0.models.count == 2)
    }

    @Test func `registers beyond a model's length are not its own`() throws {
        let chain = try walk(device([(1, 66), (203, 60)], base: 40_000)).0
        #expect(chain.address(of: [203], offset: 46, count: 16) == UInt16(40_116))
        #expect(chain.address(of: [203], offset: 46, count: 17) == nil)
        #expect(chain.address(of: [213], offset: 2, count: 2) == nil)
        // The first of the chain, whatever the order in which the profile names them.
        #expect(chain.first(of: [203, 1])?.id == 1)
    }

    @Test func `what is no SunSpec device is refused`() throws {
        #expect(throws: MeteringError.sunspec(.noMarker)) { _ = try walk([:]) }
        #expect(throws: MeteringError.sunspec(.noMarker)) { _ = try walk([40_000: 0x5375, 40_001: 0x6E54]) }
        // Models of length 0, for ever; and one that reaches beyond the last register.
        var endless: [UInt16: UInt16] = [40_000: 0x5375, 40_001: 0x6E53]
        for address in UInt16(40_002)...40_400 { endless[address] = address.isMultiple(of: 2) ? 9 : 0 }
        #expect(throws: MeteringError.sunspec(.endless)) { _ = try walk(endless) }
        #expect(throws: MeteringError.sunspec(.endless)) {
            _ = try walk([40_000: 0x5375, 40_001: 0x6E53, 40_002: 9, 40_003: 25_532])
        }
        var discovery = SunSpecDiscovery()
        #expect(throws: MeteringError.wrongReply(.length)) { try discovery.take([0x5375]) }
    }

    @Test func `no words make the walk trap or last`() throws {
        var generator = SeededGenerator(seed: 203)
        for _ in 0..<2_000 {
            var discovery = SunSpecDiscovery()
            _ = try? discovery.take([0x5375, 0x6E53])
            for step in 0..<100 {
                #expect(step < 80)
                let length = Bool.random(using: &generator) ? 0 : UInt16.random(in: 0...0xFFFF, using: &generator)
                guard
                    let step = try? discovery.take([UInt16.random(in: 0...0xFFFF, using: &generator), length]),
                    step == .more
                else { break }
            }
        }
    }

    // MARK: on a bus

    private func bus(_ change: (inout VendorMeter) -> Void = { _ in }) throws -> SimulatedBus {
        var meter = VendorMeter(.sunspec, energy: Fixtures.steadyEnergy)
        change(&meter)
        let configuration = try MeterConfiguration(
            profile: try Fixtures.profile(.sunspec), unit: 1, limits: Fixtures.limits)
        return SimulatedBus(SimulatedLine([1: meter]), [configuration], link: try Fixtures.rtu())
    }

    @Test(arguments: [40_000, 50_000, 0], [true, false]) func `a bus finds the meter wherever its chain stands`(
        base: Int, ends: Bool
    ) throws {
        var bus = try bus {
            $0.base = base
            $0.chainEnds = ends
        }
        bus.run(.seconds(10))
        #expect(bus.identities.map(\.0.serial) == ["22551083"])
        #expect(bus.refusals.isEmpty && bus.losses.isEmpty)
        let reading = try #require(bus.readings.last)
        #expect(reading.evidence.address == UInt16(base + 2 + 68 + 28 + 46))
        #expect(reading.evidence.words.count == 9 && reading.confirmation.words.count == 11)
        #expect(reading.voltages.l1 == Millivolts(230_100) && reading.currents.l3 == Milliamps(16_020))
        #expect(bus.readings.count >= 5)
    }

    /// Whatever goes wrong in the walk: it begins anew and comes to the same meter.
    @Test(arguments: SimulatedLine.Fault.allCases) func `faults in the walk lead astray nobody`(
        fault: SimulatedLine.Fault
    ) throws {
        for exchange in 0..<12 {
            var bus = try bus { $0.base = 50_000 }
            bus.line.faults = Array(repeating: nil, count: exchange) + [fault]
            bus.run(.seconds(20))
            #expect(Set(bus.identities.map(\.0.serial)) == ["22551083"], "\(exchange)")
            #expect(bus.readings.count > 3, "\(exchange)")
            #expect(bus.readings.allSatisfy { $0.evidence.address == 50_144 }, "\(exchange)")
        }
    }

    @Test func `a device without the model is refused, and one whose chain moves is found again`() throws {
        var bus = try bus { $0.base = 30_000 }
        bus.run(.seconds(30))
        #expect(bus.readings.isEmpty && bus.identities.isEmpty)
        #expect(bus.refusals.count >= 2)
        #expect(bus.refusals.allSatisfy { $0.reason == .sunspec(.noMarker) })
        bus.line.meters[1]?.base = 0
        bus.run(.seconds(20))
        #expect(bus.readings.last?.evidence.address == 144)
        // It moves again: what was its energy is now nothing that it has.
        bus.line.meters[1]?.base = 50_000
        bus.run(.seconds(40))
        #expect(bus.readings.last?.evidence.address == 50_144)
    }
}
