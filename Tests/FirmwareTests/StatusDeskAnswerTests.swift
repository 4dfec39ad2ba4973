import ChargeControl
import Quantities
import ServiceShell
import SignedRecords
import Testing

@testable import Firmware
@testable import Simulator

/// What the shell tells is what the daemon knows, and what it does not know is not told as none.
@Suite("The shell's answers")
struct StatusDeskAnswerTests {
    private let board = StatusBoard(connectors: 1)

    private func desk(_ facts: (inout ServiceFacts) -> Void = { _ in }) throws -> StatusDesk {
        let rig = try DeskRig()
        var known = ShellRig.facts(rig)
        facts(&known)
        return try ShellRig.desk(board, known, rig)
    }

    @Test("the slot that runs, the newest trusted header, room in the journal")
    func device() throws {
        #expect(try desk().identity().slot == nil)
        #expect(try desk { $0.slot = "b" }.identity().slot == "b")
        #expect(try desk().ledger().trustedTime == nil)
        board.update {
            ($0.ledger.headerUTCMS, $0.records.segmentsOfRoom, $0.records.resumes) = (1_796_000_000_000, 7, 2)
        }
        #expect(try desk().ledger().trustedTime == 1_796_000_000_000)
        let journal = try desk().journal()
        #expect(journal.segmentsOfRoom == 7 && journal.resumes == 2)
    }

    @Test("a meter's values up to the first that it does not say; a lost one's currents are nobody's")
    func meter() throws {
        board.update(.connector(1)) {
            ($0.meter.vendor, $0.meter.accepted, $0.meter.powerMW) = ("Maker", 3, 5_000)
            $0.meter.voltageMV = [230_000, 231_000, 229_000]
            $0.meter.currentMA = [16_000, nil, 15_000]
            $0.meter.frequencyMHz = 49_990
        }
        let told = try #require(try desk().meters().first)
        #expect(told.voltages == [230_000, 231_000, 229_000].map { Millivolts($0) })
        #expect(told.currents == [Milliamps(16_000)] && told.frequency == Millihertz(49_990))
        #expect(told.power == nil, "a meter that says no power has none of zero")
        #expect(try desk().status().connectors.first?.currents == [Milliamps(16_000)])
        board.update(.connector(1)) { ($0.meter.hasPower, $0.meter.isLost) = (true, true) }
        #expect(try desk().meters().first?.power == Milliwatts(5_000))
        #expect(try desk().status().connectors.first?.currents == [])
    }

    @Test("since when a fault stands: from its first display on, until it is gone")
    func faultAge() throws {
        let rig = try LoopRig(connectors: 1)
        rig.run(.seconds(5))
        let before = try #require(rig.displays[0])
        rig.boards[0].plant { $0.residual.alternating = Milliamps(200) }
        #expect(rig.run(.seconds(5)) { $0.displays[0]?.fault != nil })
        let behind = try #require(rig.displays[0])
        let control = try ControlConfiguration(
            maximumCurrent: Milliamps(32_000), phases: 3, cable: .socket, meterPollPeriod: .seconds(1))
        let (first, second) = (MonotonicInstant(nanoseconds: 1), MonotonicInstant(nanoseconds: 2))
        var connector = StatusReport.Connector()
        func show(_ state: DisplayState, at now: MonotonicInstant) {
            connector.show(DisplaySample(state: state, isClosed: false, enabled: false), control: control, at: now)
        }
        show(behind, at: first)
        #expect(!connector.faultCodes.isEmpty && connector.faultCodes.allSatisfy { connector.faultsSince[$0] == first })
        show(behind, at: second)
        #expect(connector.faultsSince.values.allSatisfy { $0 == first })
        show(before, at: second)
        #expect(Set(connector.faultsSince.keys) == Set(connector.faultCodes))
        show(behind, at: second)
        let code = try #require(behind.fault?.rawValue)
        #expect(connector.faultsSince[code] == second)

        let raised = SystemClock.now() - .seconds(60)
        board.update(.connector(1)) {
            $0.connector.faultCodes = [301, 304]
            $0.connector.faultsSince = [301: raised]
        }
        let told = try desk().faults()
        #expect(told.map(\.code) == [301, 304] && told[1].age == nil)
        #expect(try #require(told[0].age) >= .seconds(60))
    }

    @Test("a sample has the duty of what is offered, and the currents that the core was told; a status takes both over")
    func sample() throws {
        let loop = try LoopRig(connectors: 1)
        loop.run(.seconds(5))
        loop.authorize(0)
        loop.boards[0].plant { $0.plug() }
        #expect(loop.run(.seconds(60)) { $0.phase(0) == .charging && $0.current(0) > Milliamps(6_000) })
        let offered = loop.offered(0)
        board.update(.connector(1)) {
            ($0.connector.state, $0.connector.offeredMA) = ("C2", offered.rawValue)
        }
        let rig = try DeskRig()
        let now = loop.now
        let desk = try ShellRig.desk(board, ShellRig.facts(rig), rig, rings: loop.rings, now: { now })
        let sample = try #require(try desk.samples().first)
        let duty = try #require(sample.pilot.duty)
        // Below 51 A a per cent is 0.6 A.
        #expect(abs(Int(duty.rawValue) - Int(offered.rawValue) / 6) <= 1)
        #expect(sample.currents.count == 3 && sample.currents[0] > Milliamps(6_000))
        board.update(.connector(1)) { ($0.connector.state, $0.connector.offeredMA) = ("B1", 0) }
        #expect(try desk.samples().first?.pilot.duty == nil)
    }
}
