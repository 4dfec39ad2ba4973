import Quantities
import Testing

@testable import Metering

@Suite struct BusMachineTests {
    @Test func `it connects, flushes, identifies, checks the guard, and reads each second`() throws {
        var bus = try Fixtures.sdm630Bus()
        bus.run(events: 4)
        #expect(bus.identities.map(\.0.serial) == ["22551083"])
        #expect(bus.identities.map(\.1) == [1])
        #expect(bus.readings.map(\.number) == [1, 2, 3])
        let log = bus.line.log.filter { !$0.hasPrefix("wait") }
        #expect(
            log.prefix(8) == [
                "connect", "flush", "read 3/64512/2", "read 4/70/2", "read 4/72/4", "read 4/70/6", "read 4/0/18",
                "read 4/72/4",
            ])
        let reading = try #require(bus.readings.first)
        #expect(reading.evidence.words.count == 4)
        #expect(reading.evidence.address == 0x48)
        #expect(reading.confirmation.address == 0x46)
        #expect(reading.confirmation.words[2] == reading.evidence.words[0])
        #expect(reading.voltages == PerPhase(l1: Millivolts(230_100), l2: Millivolts(231_200), l3: Millivolts(229_900)))
        #expect(reading.currents == PerPhase(l1: Milliamps(16_010), l2: Milliamps(15_980), l3: Milliamps(16_020)))
        #expect(reading.export == MilliwattHours(125_000))
        #expect(reading.frequency == Millihertz(50_010))
        #expect(abs((reading.power?.rawValue ?? 0) - 11_062_000) < 5)
        // One second from reading to reading, and the gap of 20 ms before each request.
        #expect((bus.readings[2].at - bus.readings[1].at).wholeMilliseconds == 1_000)
        #expect(bus.line.log.contains("wait 20"))
    }

    /// What each fault on the energy's request leads to: the events, and never a wrong energy.
    @Test(arguments: SimulatedLine.Fault.allCases)
    func `after each fault the line is quiet and flushed before it is asked again, and no stale energy is accepted`(
        fault: SimulatedLine.Fault
    ) throws {
        var bus = try Fixtures.sdm630Bus()
        bus.run(events: 2)
        for exchange in 0..<3 {
            let before = bus.line.log.count
            bus.line.faults = Array(repeating: nil, count: exchange) + [fault]
            bus.run(events: fault == .hangUp ? 3 : 2)
            let log = bus.line.log[before...]
            if fault != .duplicate, fault != .lateByLittle {
                let failed = log.firstIndex { $0.hasPrefix("read") }.map { first in
                    log.indices.filter { $0 >= first && log[$0].hasPrefix("read") }[exchange]
                }
                let next = log[(try #require(failed) + 1)...].prefix { !$0.hasPrefix("read") }
                #expect(next.contains("flush"), "\(next)")
                if fault != .hangUp {
                    // 250 ms of turnaround and 18 registers at 9600 baud.
                    #expect(next.contains("wait 301"), "\(next)")
                }
            }
            expectTrue(bus.readings, Fixtures.steadyEnergy, staleness: fault == .muchTooLate ? .seconds(2) : .zero)
        }
        #expect(bus.losses.isEmpty == (fault != .hangUp))
        #expect(bus.refusals.isEmpty)
    }

    /// Each accepted energy lies between the register at the request (or earlier by `staleness`) and the register at the
    /// reply.
    private func expectTrue(
        _ readings: [EnergyReading], _ energy: (MonotonicInstant) -> Int64, tolerance: Int64 = 122,
        staleness: Nanoseconds = .zero, _ note: String = ""
    ) {
        for reading in readings {
            let least = energy(reading.at - reading.elapsed - staleness) - tolerance
            let most = energy(reading.at) + tolerance
            #expect((least...most).contains(reading.import.rawValue), "\(note) \(reading.number)")
        }
    }

    @Test func `the simulated line hands a late voltage to whoever asks for an energy of the same length`() throws {
        // Without quiet time and flush; this is what libmodbus does, and what the machine has to prevent.
        let line = SimulatedLine([1: VendorMeter(.sdm630)])
        _ = try line.connect(timeout: .seconds(1))
        line.faults = [.late]
        let voltage = RegisterRequest(functionCode: 4, address: 0, count: 2)
        let energy = RegisterRequest(functionCode: 4, address: 0x48, count: 2)
        #expect(throws: MeteringError.timeout(after: .milliseconds(360))) {
            try line.read(voltage, unit: 1, timeout: .milliseconds(360))
        }
        let stale = try line.read(energy, unit: 1, timeout: .milliseconds(360))
        #expect(Float(bitPattern: UInt32(stale[0]) << 16 | UInt32(stale[1])) == 230.1)
    }

    @Test func `a duplicated reply is too fast to be true, or of another shape, and is not taken for the next`() throws
    {
        var bus = try Fixtures.sdm630Bus()
        bus.run(events: 2)
        bus.line.faults = [.duplicate]
        bus.run(events: 2)
        #expect(bus.statistics.stale == 1)
        expectTrue(bus.readings, Fixtures.steadyEnergy)
    }

    @Test func `a reply faster than the wire is refused, and one at nine tenths is not`() throws {
        let line = try SerialLine(baud: 9_600, format: "8N1")
        let request = RegisterRequest(functionCode: 3, address: 0xFC00, count: 2)
        for (elapsed, isGood) in [(15_938, true), (15_937, false), (0, false)] as [(Int64, Bool)] {
            var machine = BusMachine(
                link: try Fixtures.rtu(),
                meters: [try MeterConfiguration(profile: try Fixtures.sdm630(), limits: Fixtures.limits)],
                now: Fixtures.start)
            _ = machine.step(.woke, Fixtures.start)
            _ = machine.step(.connected(line), Fixtures.start)
            var action = machine.step(.flushed, Fixtures.start).action
            if case .wait(let until) = action { action = machine.step(.woke, until).action }
            guard case .read(request, unit: 1, timeout: _) = action else {
                Issue.record("\(action)")
                return
            }
            // 17 characters of 10 bits at 9600 baud are 17 708 us.
            let sent = Fixtures.start + .seconds(1)
            let reply = BlockReply(words: [0x0158, 0x1A2B], sent: sent, received: sent + .microseconds(elapsed))
            _ = machine.step(.answered(reply), reply.received)
            if case .quiet = machine.currentPhase { #expect(!isGood) } else { #expect(isGood) }
        }
    }

    @Test func `three failures in a row lose the meter, the back-off doubles to 10 s, and it comes back identified`()
        throws
    {
        var bus = try Fixtures.sdm630Bus()
        bus.run(events: 2)
        bus.line.meters = [:]
        let before = bus.line.log.count
        bus.run(.seconds(60))
        #expect(bus.losses.count == 1)
        #expect(bus.events.last == .lost(bus.losses[0]))
        let log = bus.line.log[before...]
        var waits: [String] = []
        for index in log.indices.dropLast() where log[index] == "close" { waits.append(log[index + 1]) }
        #expect(
            waits.prefix(7) == [
                "wait 500", "wait 1000", "wait 2000", "wait 4000", "wait 8000", "wait 10000", "wait 10000",
            ])
        bus.line.meters = [1: VendorMeter(.sdm630, energy: Fixtures.steadyEnergy)]
        bus.run(.seconds(15))
        #expect(bus.identities.count == 2)
        #expect(bus.identities.last?.1 == 1, "the same meter is the same generation")
        expectTrue(bus.readings, Fixtures.steadyEnergy)
        // A reading resets the back-off.
        bus.line.meters = [:]
        let again = bus.line.log.count
        bus.run(.seconds(5))
        #expect(bus.line.log[again...].contains("wait 500"))
    }

    @Test func `after a reconnection a single failure does not close the line again`() throws {
        var bus = try Fixtures.sdm630Bus()
        bus.run(events: 2)
        bus.line.faults = [.drop, .drop, .drop, nil, nil, .drop]
        let before = bus.line.log.count
        bus.run(.seconds(6))
        #expect(bus.line.log[before...].filter { $0 == "close" }.count == 1)
        #expect(bus.losses.count == 1)
    }

    @Test func `a port that is closed is tried again and again, and told once`() throws {
        var bus = try Fixtures.sdm630Bus()
        bus.line.connectFailures = 5
        bus.run(.seconds(20))
        #expect(bus.losses == [.cannotOpen(target: "line", errno: 111)])
        #expect(!bus.readings.isEmpty)
    }

    @Test func `another serial number after a reconnection is another generation, with a base of its own`() throws {
        var bus = try Fixtures.sdm630Bus()
        bus.run(events: 3)
        var other = VendorMeter(.sdm630, energy: { now in Fixtures.steadyEnergy(now) - 1_200_000_000 })
        other.serial = 99
        bus.line.meters = [1: other]
        bus.line.faults = [.hangUp]
        bus.run(events: 4)
        #expect(bus.identities.map(\.0.serial) == ["22551083", "99"])
        #expect(bus.identities.map(\.1) == [1, 2])
        #expect(bus.readings.map(\.generation) == [1, 1, 2, 2])
        #expect(bus.readings.map(\.number) == [1, 2, 3, 4])
        #expect(bus.refusals.isEmpty)
    }

    @Test func `a meter swapped behind a line that stays open is found when the session asks for its identity`() throws
    {
        var bus = try Fixtures.sdm630Bus()
        bus.run(events: 3)
        var other = VendorMeter(.sdm630, energy: Fixtures.steadyEnergy)
        other.serial = 99
        bus.line.meters = [1: other]
        bus.requestIdentification()
        let before = bus.line.now
        bus.run(events: 2)
        #expect(bus.identities.map(\.1) == [1, 2])
        #expect(try #require(bus.readings.last).at - before < .milliseconds(500))
        #expect(bus.readings.last?.generation == 2)
    }

    @Test func `a doubtful energy is read three times before it is refused, and accepted when it was a hiccup`() throws
    {
        var bus = try Fixtures.sdm630Bus()
        bus.run(events: 2)
        let hiccup = bus.line.reads
        // A jump of 100 kWh on the next reading alone: energy and confirmation agree on it.
        let line = bus.line
        bus.line.meters[1]?.energy = { [unowned line] now in
            Fixtures.steadyEnergy(now) + (line.reads < hiccup + 4 ? 100_000_000 : 0)
        }
        let log = bus.line.log.count
        bus.run(events: 2)
        #expect(bus.refusals.isEmpty)
        #expect(bus.statistics.repeated == 1)
        // The line is made quiet before it is read again: this is what a stale reply looks like.
        #expect(bus.line.log[log...].filter { $0 == "wait 301" }.count == 1)
        expectTrue(bus.readings, Fixtures.steadyEnergy)
        bus.line.meters[1]?.energy = { Fixtures.steadyEnergy($0) + 100_000_000 }
        let before = bus.line.reads
        bus.run(events: 1)
        #expect(bus.refusals.count == 1)
        #expect(bus.line.reads - before == 9, "three blocks, three times")
    }

    @Test(arguments: [1_000_000, -1_000] as [Int64])
    func `two reads of the energy that contradict each other are refused`(
        difference: Int64
    ) throws {
        var bus = try Fixtures.sdm630Bus()
        bus.run(events: 2)
        let line = bus.line
        // Each second read of the register, the confirmation, is off.
        var reads = 0
        bus.line.meters[1]?.energy = { [unowned line] now in
            reads += 1
            let isConfirmation = line.log.last == "read 4/70/6"
            return Fixtures.steadyEnergy(now) + (isConfirmation ? difference : 0)
        }
        bus.run(.seconds(4))
        #expect(bus.readings.count == 1)
        guard case .unconfirmed? = bus.refusals.first?.reason else {
            Issue.record("\(bus.refusals)")
            return
        }
        #expect(reads > 0)
    }

    @Test
    func `a meter that holds its values for a tenth of a second, at a high energy factor, is read without a doubt`()
        throws
    {
        // A reading is about 250 ms long here, so the register moves between energy and confirmation each time.
        let limits = PlausibilityLimits(maximumPower: Milliwatts(22_080_000), energyFactor: 300)
        let latched: (MonotonicInstant) -> Int64 = { now in
            let tenths = (now - Fixtures.start).wholeMilliseconds / 100
            return 1_234_567_000 + tenths * 22_080 * 300 / 36
        }
        var bus = try Fixtures.sdm630Bus(energy: latched, limits: limits)
        bus.line.meters[1]?.powerWatts = 22_080
        bus.line.meters[1]?.amperes = [32, 32, 32]
        bus.run(.seconds(120))
        #expect(bus.readings.count >= 118)
        #expect(bus.statistics.repeated == 0)
        expectTrue(bus.readings, latched, tolerance: 1_000)
        // Half as much again is refused at once.
        let honest = bus.readings.count
        let base = bus.line.now
        bus.line.meters[1]?.energy = { now in
            latched(base) + (now - base).wholeMilliseconds / 100 * 22_080 * 450 / 36
        }
        bus.run(.seconds(30))
        #expect(bus.readings.count <= honest + 1)
        #expect(bus.refusals.count > 10)
    }

    @Test func `a guard that does not hold refuses the meter, and is asked again with a back-off`() throws {
        var bus = try Fixtures.sdm630Bus()
        // 50 Hz with its words exchanged.
        bus.line.meters[1]?.frequency = Float(bitPattern: 0x0A3D_4248)
        bus.run(.seconds(20))
        #expect(bus.readings.isEmpty)
        guard
            case .guardFailed(name: "word_order_sane", expected: "45000 to 65000 thousandths", found: _)? =
                bus.refusals.first?.reason
        else {
            Issue.record("\(bus.refusals)")
            return
        }
        // 0.5 + 1 + 2 + 4 + 8 s
        #expect(bus.refusals.count == 6)
        bus.line.meters[1]?.frequency = 50
        bus.run(.seconds(12))
        #expect(!bus.readings.isEmpty)
    }

    @Test func `an address that the meter does not have is told, and not asked for without end`() throws {
        var bus = try Fixtures.sdm630Bus()
        bus.line.meters[1] = VendorMeter(.iem3155)
        bus.run(.seconds(60))
        #expect(bus.refusals.first?.reason == .exception(code: 2))
        #expect(bus.refusals.count == 10)
        #expect(bus.losses.isEmpty)
        #expect(bus.readings.isEmpty)
    }

    @Test func `busy is asked again after the quiet time`() throws {
        var bus = try Fixtures.sdm630Bus()
        bus.run(events: 2)
        bus.line.faults = [.busy, .busy]
        bus.run(events: 1)
        #expect(bus.readings.count == 2)
        #expect(bus.statistics.exceptions == 2)
        #expect(bus.refusals.isEmpty)
        // A meter that is busy for long is lost; the line it says so on is not.
        bus.line.drawFault = { .busy }
        let before = bus.line.log.count
        bus.run(.seconds(20))
        #expect(bus.losses.count == 1)
        #expect(!bus.line.log[before...].contains("close"))
        bus.line.drawFault = { nil }
        bus.run(.seconds(12))
        #expect(bus.readings.count > 3)
    }

    @Test func `an energy that is not a number is refused with its field`() throws {
        var bus = try Fixtures.sdm630Bus(energy: { _ in -1_000_000 })
        bus.run(events: 2)
        guard case .undecodable(field: "import", .outOfRange)? = bus.refusals.first?.reason else {
            Issue.record("\(bus.refusals)")
            return
        }
        #expect(bus.refusals.first?.evidence != nil)
    }

    @Test func `a reply that took far longer than its timeout breaks the link`() throws {
        var machine = BusMachine(
            link: .tcp(host: "127.0.0.1", port: 502),
            meters: [try MeterConfiguration(profile: try Fixtures.sdm630(), limits: Fixtures.limits)],
            now: Fixtures.start)
        _ = machine.step(.woke, Fixtures.start)
        _ = machine.step(.connected(nil), Fixtures.start)
        guard case .read(_, unit: _, let timeout) = machine.step(.flushed, Fixtures.start).action else {
            Issue.record("no read")
            return
        }
        let received = Fixtures.start + timeout + timeout + .seconds(1) + .microseconds(1)
        let step = machine.step(
            .answered(BlockReply(words: [1, 2], sent: Fixtures.start, received: received)), received)
        #expect(step.action == .close)
        guard case .lost(.overdue)? = step.notices.first?.event else {
            Issue.record("\(step.notices)")
            return
        }
    }

    @Test func `two meters share a line, and one that is dead does not starve the other`() throws {
        var second = VendorMeter(.sdm630, energy: { Fixtures.steadyEnergy($0) + 1_000_000_000 })
        second.serial = 2
        let line = SimulatedLine([1: VendorMeter(.sdm630, energy: Fixtures.steadyEnergy), 2: second])
        let meters = try [1, 2].map {
            try MeterConfiguration(profile: try Fixtures.sdm630(), unit: $0, limits: Fixtures.limits)
        }
        var bus = SimulatedBus(line, meters, link: try Fixtures.rtu())
        bus.run(.seconds(10))
        func readings(_ meter: Int) -> [EnergyReading] {
            bus.notices.filter { $0.meter == meter }.compactMap {
                if case .reading(let reading) = $0.event { reading } else { nil }
            }
        }
        #expect(readings(0).count >= 9)
        #expect(readings(1).count >= 9)
        expectTrue(readings(0), Fixtures.steadyEnergy)
        expectTrue(readings(1), { Fixtures.steadyEnergy($0) + 1_000_000_000 }, tolerance: 244)
        line.meters[2] = nil
        let before = readings(0).count
        bus.run(.seconds(60))
        #expect(readings(0).count - before > 45)
        #expect(bus.notices.filter { $0.meter == 1 }.contains { if case .lost = $0.event { true } else { false } })
        #expect(!bus.notices.contains { if case .lost = $0.event { $0.meter == 0 } else { false } })
        let identified = bus.notices.filter { $0.meter == 1 && $0.event.isIdentified }.count
        second.serial = 3
        line.meters[2] = second
        bus.run(.seconds(15))
        #expect(bus.notices.filter { $0.meter == 1 && $0.event.isIdentified }.count == identified + 1)
        #expect(readings(1).last?.generation == 2)
        #expect(readings(1).last.map { bus.line.now - $0.at < .seconds(3) } == true)
    }

    @Test(arguments: [SimulatedLine.Fault.late, .drop])
    func `with two meters, a reply of one is never taken for the other's`(fault: SimulatedLine.Fault) throws {
        let line = SimulatedLine([
            1: VendorMeter(.sdm630, energy: Fixtures.steadyEnergy),
            2: VendorMeter(.sdm630, energy: { Fixtures.steadyEnergy($0) + 1_000_000_000 }),
        ])
        let meters = try [1, 2].map {
            try MeterConfiguration(profile: try Fixtures.sdm630(), unit: $0, limits: Fixtures.limits)
        }
        var generator = SeededGenerator(seed: 3)
        line.drawFault = { Int.random(in: 0..<6, using: &generator) == 0 ? fault : nil }
        var bus = SimulatedBus(line, meters, link: try Fixtures.rtu())
        bus.run(.seconds(600))
        for notice in bus.notices {
            guard case .reading(let reading) = notice.event else { continue }
            expectTrue(
                [reading], { Fixtures.steadyEnergy($0) + (notice.meter == 0 ? 0 : 1_000_000_000) }, tolerance: 244)
        }
    }

    @Test(arguments: 1...12) func `no mix of faults makes it accept an energy that was not there, or stop reading`(
        seed: Int
    ) throws {
        var bus = try Fixtures.sdm630Bus()
        var generator = SeededGenerator(seed: UInt64(seed))
        let rate = Int.random(in: 3...40, using: &generator)
        bus.line.drawFault = {
            Int.random(in: 0..<rate, using: &generator) == 0
                ? SimulatedLine.Fault.allCases.randomElement(using: &generator) : nil
        }
        bus.run(.seconds(1_800))
        // A reply that is later than the profile allows may be taken for the next one of its shape: the same register, a
        // little earlier, and never another one.
        expectTrue(bus.readings, Fixtures.steadyEnergy, staleness: .seconds(2), "seed \(seed)")
        #expect(bus.readings.count > 20, "seed \(seed), a fault in \(rate)")
        #expect(bus.refusals.isEmpty, "seed \(seed)")
        let energies = bus.readings.map(\.import)
        #expect(energies == energies.sorted())
        // When the faults end, it is back within the longest back-off.
        bus.line.drawFault = { nil }
        let before = bus.readings.count
        bus.run(.seconds(20))
        #expect(bus.readings.count >= before + 5)
    }
}

extension MeterEvent {
    fileprivate var isIdentified: Bool {
        if case .identified = self { true } else { false }
    }
}
