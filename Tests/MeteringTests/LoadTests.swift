import Quantities
import Testing

@testable import Metering

/// Meters that stand still, and meters that say what cannot be.
@Suite struct LoadTests {
    private static let start = Fixtures.start

    private func condition(closed: Bool, promise: Int32 = 16_000, since: MonotonicInstant = start) -> MeterCondition {
        MeterCondition(contactor: closed ? .closed(since: since) : .open(since: since), promise: Milliamps(promise))
    }

    // MARK: frozen

    @Test func `words that stand still for a minute behind a closed contactor are a frozen meter's`() {
        var watch = FreezeWatch()
        let closed = condition(closed: true).contactor
        for second in Int64(0)..<60 {
            #expect(watch.take([1, 2, 3], at: Self.start + .seconds(second), closed) == nil, "\(second) s")
        }
        #expect(watch.take([1, 2, 3], at: Self.start + .seconds(60), closed) == .seconds(60))
        #expect(watch.take([1, 2, 3], at: Self.start + .seconds(70), closed) == .seconds(70))
        // One word that moves, and the minute begins anew.
        #expect(watch.take([1, 2, 4], at: Self.start + .seconds(71), closed) == nil)
        #expect(watch.take([1, 2, 4], at: Self.start + .seconds(130), closed) == nil)
        #expect(watch.take([1, 2, 4], at: Self.start + .seconds(131), closed) == .seconds(60))
        watch.forget()
        #expect(watch.take([1, 2, 4], at: Self.start + .seconds(140), closed) == nil)
    }

    @Test func `what was found frozen stays it until a word moves`() {
        var watch = FreezeWatch()
        let closed = condition(closed: true).contactor
        #expect(watch.take([5, 6], at: Self.start, closed) == nil)
        #expect(watch.take([5, 6], at: Self.start + .seconds(60), closed) == .seconds(60))
        // The charger opened because of that: the meter is as frozen as before.
        for contactor in [MeterCondition.Contactor.open(since: Self.start + .seconds(60)), .unknown] {
            #expect(watch.take([5, 6], at: Self.start + .seconds(70), contactor) == .seconds(70))
        }
        #expect(watch.take([5, 7], at: Self.start + .seconds(71), closed) == nil)
        #expect(watch.take([5, 7], at: Self.start + .seconds(72), closed) == nil)
    }

    @Test func `the minute counts from the closing, and nowhere else`() {
        for contactor in [MeterCondition.Contactor.unknown, .open(since: Self.start)] {
            var watch = FreezeWatch()
            #expect(watch.take([7], at: Self.start, contactor) == nil)
            #expect(watch.take([7], at: Self.start + .seconds(3_600), contactor) == nil)
            let closed = MeterCondition.Contactor.closed(since: Self.start + .seconds(3_600))
            #expect(watch.take([7], at: Self.start + .seconds(3_659), closed) == nil)
            #expect(watch.take([7], at: Self.start + .seconds(3_660), closed) == .seconds(3_660))
        }
        // A profile without such words tells nothing.
        var watch = FreezeWatch()
        for second in Int64(0)..<200 {
            #expect(watch.take([], at: Self.start + .seconds(second), condition(closed: true).contactor) == nil)
        }
    }

    @Test func `where there is no contactor the mains are live, and a meter that stands still is frozen`() {
        var watch = FreezeWatch()
        let supply = MeterCondition.Contactor.absent(since: Self.start + .seconds(5))
        #expect(watch.take([1, 2], at: Self.start, supply) == nil)
        #expect(watch.take([1, 2], at: Self.start + .milliseconds(64_999), supply) == nil)
        #expect(watch.take([1, 2], at: Self.start + .seconds(65), supply) == .seconds(65))
    }

    @Test(arguments: [Float(0), 11_062]) func `a bus refuses a frozen meter, at no current as at full`(watts: Float)
        throws
    {
        var bus = try Fixtures.sdm630Bus(energy: { _ in 1_234_567_000 })
        bus.line.meters[1]?.powerWatts = watts
        if watts == 0 { bus.line.meters[1]?.amperes = [0, 0, 0] }
        bus.judge(under: condition(closed: true, since: bus.line.now))
        bus.run(.seconds(59))
        if watts == 0 { #expect(bus.refusals.isEmpty) }
        let accepted = bus.readings.count
        bus.run(.seconds(10))
        let reason = try #require(bus.refusals.last).reason
        guard case .implausible(.frozen(let time)) = reason else {
            Issue.record("\(reason)")
            return
        }
        #expect(time >= .seconds(60))
        #expect(bus.statistics.implausible >= 3)
        #expect(bus.readings.count <= accepted + 2)
        // It moves again, and is believed again.
        bus.line.meters[1]?.frequency = 49.98
        bus.run(.seconds(3))
        if watts == 0 { #expect(bus.readings.count > accepted + 2) }
    }

    // MARK: lying

    private func objection(
        watts: Int64, volts: Int32? = 230, amperes: [Int32?] = [16, 16, 16], phases: Int = 3,
        at: MonotonicInstant = start + .seconds(30), _ condition: MeterCondition = .unknown
    ) -> Implausibility? {
        let voltage = volts.map { Millivolts($0 * 1_000) }
        let currents = amperes.map { $0.map { Milliamps($0 * 1_000) } }
        let live = LiveValues(
            at: at, power: Milliwatts(watts * 1_000), voltages: PerPhase(l1: voltage, l2: voltage, l3: voltage),
            currents: PerPhase(l1: currents[0], l2: currents[1], l3: currents[2]), frequency: nil)
        return LoadCheck(live)?.objection(phases: phases, condition)
    }

    @Test func `power is no more than voltages and currents make`() {
        // 3 × 230 V × 16 A = 11 040 VA.
        #expect(objection(watts: 11_040) == nil)
        #expect(objection(watts: 12_644) == nil)
        #expect(
            objection(watts: 12_645) == .powerAboveCurrent(Milliwatts(12_645_000), atMost: Milliwatts(12_644_000)))
        // Power towards the mains is power, too; currents may come with its sign.
        #expect(objection(watts: -11_040) == nil)
        #expect(objection(watts: -13_000) != nil)
        #expect(objection(watts: -11_040, amperes: [-16, -16, -16]) == nil)
        // What is not reported says nothing.
        #expect(objection(watts: 20_000, volts: nil) == nil)
        #expect(objection(watts: 20_000, amperes: [nil, nil, nil]) == nil)
        #expect(
            LoadCheck(
                LiveValues(at: Self.start, power: nil, voltages: PerPhase(), currents: PerPhase(), frequency: nil))
                == nil)
    }

    @Test func `a car turns more than half of what it takes into power, if it takes much`() {
        let closed = condition(closed: true)
        #expect(objection(watts: 5_020, closed) == nil)
        #expect(
            objection(watts: 5_019, closed) == .powerBelowCurrent(Milliwatts(5_019_000), atLeast: Milliwatts(5_020_000))
        )
        // One phase in use, the others with the current of a filter.
        #expect(objection(watts: 1_000, amperes: [16, 1, 0], closed) != nil)
        #expect(objection(watts: 1_000, amperes: [16, nil, nil], phases: 1, closed) != nil)
        // A Renault Zoe at 6 A: 4.1 kVA and 0.3 kW.
        #expect(objection(watts: 300, amperes: [6, 6, 6], closed) == nil)
        #expect(objection(watts: 300, amperes: [10, 9, 10], closed) == nil)
        #expect(objection(watts: 300, amperes: [10, 10, 10], closed) != nil)
        // Some of a house's current goes out while some comes in: only of a car is it known.
        #expect(objection(watts: 0) == nil)
        #expect(objection(watts: 0, condition(closed: false)) == nil)
        #expect(objection(watts: 0, at: Self.start + .milliseconds(9_999), closed) == nil)
    }

    /// In a house one phase may take what another gives back.
    @Test func `behind a supply's meter no power is too little`() {
        let supply = MeterCondition(contactor: .absent(since: Self.start), promise: .zero)
        #expect(objection(watts: 0, supply) == nil)
        #expect(objection(watts: -3_000, supply) == nil)
        #expect(objection(watts: 20_000, amperes: [nil, nil, nil], supply) == nil)
        // More than voltages and currents make is no more possible there than anywhere.
        #expect(objection(watts: 12_645, supply) != nil)
    }

    @Test func `no power flows through an open contactor`() {
        let open = condition(closed: false)
        let none: [Int32?] = [nil, nil, nil]
        #expect(objection(watts: 500, amperes: none, open) == nil)
        #expect(objection(watts: 501, amperes: none, open) == .powerThroughOpenContactor(Milliwatts(501_000)))
        #expect(objection(watts: 501, open) == .powerThroughOpenContactor(Milliwatts(501_000)))
        #expect(objection(watts: 501, amperes: none, at: Self.start + .milliseconds(9_999), open) == nil)
        #expect(objection(watts: 501, amperes: none, at: Self.start + .seconds(10), open) != nil)
    }

    @Test func `where no current is reported, no car takes half as much again as the pilot promises`() {
        // 16 A × 253 V × 3 × 1.5 + 500 W.
        let closed = condition(closed: true)
        let none: [Int32?] = [nil, nil, nil]
        #expect(objection(watts: 18_716, amperes: none, closed) == nil)
        #expect(
            objection(watts: 18_717, amperes: none, closed)
                == .powerAbovePromise(Milliwatts(18_717_000), atMost: Milliwatts(18_716_000)))
        #expect(objection(watts: 18_717, amperes: none, at: Self.start + .seconds(9), closed) == nil)
        #expect(objection(watts: 6_572, amperes: none, phases: 1, closed) == nil)
        #expect(objection(watts: 6_573, amperes: none, phases: 1, closed) != nil)
        // While nothing is promised the pilot says nothing.
        #expect(objection(watts: 18_717, amperes: none, condition(closed: true, promise: 0)) == nil)
        // A car that takes too much is the core's to stop: its currents are no lie.
        #expect(objection(watts: 31_000, amperes: [45, 45, 45], condition(closed: true, promise: 10_000)) == nil)
    }

    /// Over-current must be seen while the energy is not believed.
    @Test func `a doubtful energy does not blind the protection`() throws {
        var bus = try Fixtures.sdm630Bus(energy: { $0 < Self.start + .seconds(5) ? 1_234_567_000 : 900_000_000_000 })
        bus.line.meters[1]?.amperes = [45, 45, 45]
        bus.line.meters[1]?.powerWatts = 31_000
        bus.run(.seconds(5))
        #expect(bus.lives.isEmpty)
        bus.run(.seconds(10))
        #expect(bus.refusals.count >= 3)
        #expect(bus.lives.count >= 3 * bus.refusals.count)
        #expect(bus.lives.allSatisfy { $0.currents.l2 == Milliamps(45_000) && $0.voltages.l3 == Millivolts(229_900) })
        // No pause longer than what the control core takes a current for: 1.5 s at a reading a second.
        let moments = bus.lives.map(\.at)
        for (earlier, later) in zip(moments, moments.dropFirst()) { #expect(later - earlier <= .milliseconds(1_500)) }
    }

    // MARK: export

    /// The export is not sold, and so not read by itself; but where both requests hold it, it has to agree.
    @Test func `an export that its second read contradicts is a doubt`() throws {
        let profile = try Fixtures.sdm630()
        let meter = VendorMeter(.sdm630)
        let requests = try profile.readingOrder.map { try #require($0.span.request(in: RegisterMap())) }
        func assemble(_ change: (inout [[UInt16]]) -> Void) throws(MeteringError) {
            var words = requests.map { request in
                meter.words(
                    functionCode: request.functionCode, address: Int(request.address), count: request.count,
                    at: Self.start) ?? []
            }
            change(&words)
            let replies = words.map { BlockReply(words: $0, sent: Self.start, received: Self.start) }
            let assembler = ReadingAssembler(
                profile: profile, blocks: profile.readingOrder, requests: requests, replies: replies)
            _ = try assembler.assemble(Plausibility(limits: Fixtures.limits))
        }
        try assemble { _ in }
        for reply in 0...1 {
            do throws(MeteringError) {
                try assemble { $0[reply][$0[reply].count - 2] ^= 0x0400 }
                Issue.record("reply \(reply) passes")
            } catch {
                guard case .unconfirmed(field: "export", _, _, _) = error else {
                    Issue.record("\(error)")
                    return
                }
            }
        }
        // One that is not there is no error.
        try assemble { $0[0].replaceSubrange(2..<4, with: [0x7FC0, 0]) }
    }

    // MARK: scale factors and steps

    @Test func `a scale factor that changes, and a step in which no kWh can be counted, are refused`() throws {
        var meter = VendorMeter(.sunspec, energy: Fixtures.steadyEnergy)
        let text = String(decoding: try Fixtures.profile(.sunspec).fileBytes, as: UTF8.self)
            .replacing("may_sign            = false", with: "may_sign            = true")
            .replacing("jitters             = []", with: "jitters             = [\"live.u\"]")
        let profile = try MeterProfile(bytes: Array(text.utf8), file: "signing")
        func bus() throws -> SimulatedBus {
            let configuration = try MeterConfiguration(profile: profile, unit: 1, limits: Fixtures.limits)
            return SimulatedBus(SimulatedLine([1: meter]), [configuration], link: try Fixtures.rtu())
        }
        var steady = try bus()
        steady.run(.seconds(5))
        #expect(steady.refusals.isEmpty && steady.readings.count >= 3)
        steady.line.meters[1]?.energyFactor = 3
        steady.run(.seconds(5))
        #expect(
            steady.refusals.last?.reason
                == .implausible(.tooCoarse(step: MilliwattHours(1_000_000), atMost: MilliwattHours(100_000))))
        steady.line.meters[1]?.energyFactor = 1
        let count = steady.refusals.count
        steady.run(.seconds(5))
        #expect(steady.refusals.count > count)
        #expect(
            steady.refusals.last?.reason
                == .implausible(.scaleChanged(from: 0, to: 1)))
        // Finer than the resolution that the profile states, and still another meaning of the same number.
        steady.line.meters[1]?.energyFactor = -1
        steady.run(.seconds(5))
        #expect(steady.refusals.last?.reason == .implausible(.scaleChanged(from: 0, to: -1)))
        steady.line.meters[1]?.energyFactor = 0
        let accepted = steady.readings.count
        steady.run(.seconds(5))
        #expect(steady.readings.count > accepted)
        // From the start on: nothing is ever signed in steps of a kWh.
        meter.energyFactor = 3
        var coarse = try bus()
        coarse.run(.seconds(5))
        #expect(coarse.readings.isEmpty && !coarse.refusals.isEmpty)
    }

    @Test(arguments: [[0, 0], [0xFFFF, 0xFFFF]] as [[UInt16]]) func `a serial number that any meter could have is none`(
        words: [UInt16]
    ) throws {
        let serial = try #require(try Fixtures.sdm630().serial)
        #expect(throws: DecodingFault.notAvailable) { try serial.decodeSerial(words) }
        #expect(try serial.decodeSerial([0, 1]) == "1")
        let text = try #require(try Fixtures.profile(.sunspec).serial)
        #expect(throws: DecodingFault.notAvailable) {
            try text.decodeSerial([UInt16](repeating: 0x2020, count: 16))
        }
    }

    // MARK: the way between the threads

    @Test func `a condition fits one word`() {
        let moments = [0, 999_999, 1_000_000, 86_400_000_000_000 * 365 * 30] as [Int64]
        for nanoseconds in moments {
            let since = MonotonicInstant(nanoseconds: nanoseconds)
            let kept = MonotonicInstant(nanoseconds: nanoseconds / 1_000_000 * 1_000_000)
            for promise in [0, 6_000, 80_000, 1_048_575] as [Int32] {
                for (contactor, expected) in [
                    (MeterCondition.Contactor.open(since: since), MeterCondition.Contactor.open(since: kept)),
                    (.closed(since: since), .closed(since: kept)), (.absent(since: since), .absent(since: kept)),
                    (.unknown, .unknown),
                ] {
                    let condition = MeterCondition(contactor: contactor, promise: Milliamps(promise))
                    #expect(
                        MeterCondition(packed: condition.packed)
                            == MeterCondition(contactor: expected, promise: Milliamps(promise)))
                }
            }
        }
        #expect(
            MeterCondition(packed: MeterCondition(contactor: .unknown, promise: Milliamps(-1)).packed).promise == .zero)
        #expect(
            MeterCondition(packed: MeterCondition(contactor: .unknown, promise: Milliamps(.max)).packed).promise
                == Milliamps(1_048_575))
        let cell = MeterConditionCell()
        #expect(cell.condition == .unknown)
        cell.store(condition(closed: true))
        #expect(cell.condition == condition(closed: true))
    }

    @Test func `replies are counted by how long they took`() {
        var histogram = LatencyHistogram()
        for (microseconds, step) in [
            (0, 0), (999, 0), (1_000, 1), (1_999, 1), (2_000, 2), (3_999, 2), (4_000, 3), (4_095_000, 12),
            (4_096_000, 13),
            (60_000_000, 13),
        ] as [(Int64, Int)] {
            let before = histogram[step]
            histogram.note(.microseconds(microseconds))
            #expect(histogram[step] == before + 1, "\(microseconds) us")
        }
        #expect(histogram.count == 10 && histogram.least == .zero && histogram.most == .seconds(60))
    }
}
