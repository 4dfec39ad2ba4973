import ChargeControl
import Foundation
import Quantities
import ServiceShell
import SignedRecords
import Synchronization
import Testing

@testable import Firmware
@testable import Simulator

/// What becomes of a residual-current test that a technician asks for, from the core's loop to his answer.
@Suite("A residual-current test for a technician")
struct ResidualTestTests {
    private let board = StatusBoard(connectors: 2)
    private let requests = HandoverQueue<ControlRequest>(capacity: 8)

    // MARK: the loop

    private func tested(_ rig: LoopRig, passed: Bool) -> Bool {
        rig.intents[0].contains { if case .residualSelfTest(passed, _) = $0 { true } else { false } }
    }

    private func ask(_ rig: LoopRig, _ number: UInt16) -> ResidualTestReport {
        _ = rig.requests.offer(.selfTest(connector: 1, number: number))
        rig.step()
        return rig.queues[0].residualTest.report
    }

    @Test("the loop says whether the core has begun it, and how it ended; one beside another is not judged")
    func loop() throws {
        let rig = try LoopRig(connectors: 1)
        let cell = rig.queues[0].residualTest
        // The core's own at the start is nobody's.
        #expect(rig.run(.seconds(10)) { tested($0, passed: true) })
        #expect(cell.report == ResidualTestReport())
        rig.run(.seconds(1))
        #expect(ask(rig, 7) == ResidualTestReport(number: 7, stage: .running))
        #expect(ask(rig, 8) == ResidualTestReport(number: 7, stage: .running))
        #expect(rig.run(.seconds(4)) { _ in cell.report.stage != .running })
        let trip = try #require(cell.report.tripTime)
        #expect(cell.report.number == 7 && cell.report.stage == .passed)
        #expect(trip >= .milliseconds(60) && trip < .milliseconds(200))
        rig.boards[0].plant { $0.residual.isDead = true }
        #expect(ask(rig, 9).stage == .running)
        #expect(rig.run(.seconds(4)) { _ in cell.report.stage != .running })
        #expect(cell.report == ResidualTestReport(number: 9, stage: .failed))
    }

    @Test("with a session open, and while the core's own test runs, it is not begun, and that is told")
    func refused() throws {
        let early = try LoopRig(connectors: 1)
        #expect(early.run(.seconds(10)) { $0.boards[0].plant { $0.residual.trips(at: early.now).direct } })
        #expect(ask(early, 3) == ResidualTestReport(number: 3, stage: .refused))
        let rig = try LoopRig(connectors: 1)
        #expect(rig.run(.seconds(10)) { tested($0, passed: true) })
        rig.authorize(0)
        rig.boards[0].plant { $0.plug() }
        #expect(rig.run(.seconds(30)) { $0.phase(0) == .charging })
        #expect(ask(rig, 4) == ResidualTestReport(number: 4, stage: .refused))
        #expect(rig.phase(0) == .charging)
    }

    @Test("a report goes through its word unchanged")
    func word() {
        let cell = ResidualTestCell()
        #expect(cell.report == ResidualTestReport())
        for stage in [ResidualTestReport.Stage.none, .refused, .running, .passed, .failed, .givenUp] {
            for trip in [nil, Nanoseconds.zero, .microseconds(1), .seconds(3)] {
                let report = ResidualTestReport(number: .max, stage: stage, tripTime: trip)
                cell.store(report)
                #expect(cell.report == report)
            }
        }
    }

    // MARK: the desk

    /// Plays the control thread: each connector's test ends as is said.
    private final class SmallCore: Sendable {
        private let isEnding = Atomic<Bool>(false)
        private let hasEnded = DispatchSemaphore(value: 0)

        func start(
            _ requests: HandoverQueue<ControlRequest>, _ cells: [ResidualTestCell],
            _ endings: [ResidualTestReport.Stage]
        ) {
            Thread.detachNewThread { [self] in
                while !isEnding.load(ordering: .acquiring) {
                    usleep(1_000)
                    guard case .selfTest(_, let number)? = requests.take() else { continue }
                    for (cell, ending) in zip(cells, endings) {
                        cell.store(
                            ResidualTestReport(number: number, stage: ending == .refused ? .refused : .running))
                    }
                    usleep(30_000)
                    for (cell, ending) in zip(cells, endings) {
                        cell.store(
                            ResidualTestReport(
                                number: number, stage: ending, tripTime: ending == .passed ? .milliseconds(60) : nil))
                    }
                }
                hasEnded.signal()
            }
        }

        func stop() {
            isEnding.store(true, ordering: .releasing)
            hasEnded.wait()
        }
    }

    private func desk(_ cells: [ResidualTestCell], hasTest: Bool = true) throws -> StatusDesk {
        let rig = try DeskRig(connectors: 2)
        var options = ControlOptions()
        options.hasResidualTest = hasTest
        let control = try ControlConfiguration(
            maximumCurrent: Milliamps(32_000), phases: 3, cable: .socket, meterPollPeriod: .seconds(1),
            options: options)
        let facts = ServiceFacts(
            identity: rig.desk.identity, keyProtection: "software", bootCount: 1, endpoint: "",
            startedAt: SystemClock.now(),
            connectors: (1...2).map {
                ConnectorIdentity(
                    chain: .connector($0), meterProfileHash: .zero, maximumPower: Milliwatts(22_000_000),
                    control: control)
            })
        let plain = try ShellRig.desk(board, facts, rig, requests: requests)
        var reach = plain.reach
        reach.residualTests = cells
        return StatusDesk(board: board, parts: facts, reach: reach)
    }

    private func answers(
        _ endings: [ResidualTestReport.Stage], connector: UInt32 = 0
    ) throws -> [ResidualTestAnswer] {
        let cells = endings.map { _ in ResidualTestCell() }
        let core = SmallCore()
        core.start(requests, cells, endings)
        defer { core.stop() }
        return try desk(cells).testResidual(connector: connector)
    }

    @Test("the answer waits for the core's, connector by connector")
    func answered() throws {
        let limit = Nanoseconds.seconds(1)
        let passed = ResidualTestAnswer(connector: 1, outcome: .passed, trip: .milliseconds(60), limit: limit)
        #expect(
            try answers([.passed, .failed]) == [
                passed, ResidualTestAnswer(connector: 2, outcome: .failed, trip: nil, limit: limit),
            ])
        #expect(try answers([.passed, .failed], connector: 1) == [passed])
        let mixed = try answers([.passed, .givenUp])
        #expect(mixed[0] == passed && !mixed[1].isDone)
    }

    @Test("where no test went through it is refused, and what is not known is not told as done")
    func notDone() throws {
        let begun = "the core did not begin it: connector 1 is not proven open, or its monitor is being tested"
        #expect(throws: ServiceShellError.interlock(begun)) { try answers([.refused, .passed], connector: 1) }
        #expect(
            throws: ServiceShellError.interlock(
                "given up: the contactor of connector 1 was not proven open any more")
        ) {
            try answers([.givenUp, .givenUp])
        }
        // Nobody answers.
        #expect(throws: ServiceShellError.unfinished("the control thread stands still")) {
            try desk([ResidualTestCell(), ResidualTestCell()]).testResidual(connector: 1)
        }
        #expect(throws: ServiceShellError.interlock("no control loop runs")) {
            try desk([]).testResidual(connector: 0)
        }
        // Another's test runs.
        let cell = ResidualTestCell()
        cell.store(ResidualTestReport(number: .max, stage: .running))
        #expect(
            throws: ServiceShellError.interlock("the residual-current monitor of connector 1 is being tested")
        ) {
            try desk([cell]).testResidual(connector: 1)
        }
    }

    @Test("what stands in the way is told before it is asked for")
    func obstacles() throws {
        let cells = [ResidualTestCell(), ResidualTestCell()]
        let desk = try desk(cells)
        func obstacle(_ connector: UInt32) -> String? { desk.obstacle(to: .testResidual(connector: connector)) }
        #expect(obstacle(0) == nil)
        cells[1].store(ResidualTestReport(number: 1, stage: .running))
        #expect(obstacle(0) == "the residual-current monitor of connector 2 is being tested")
        #expect(obstacle(1) == nil)
        board.update(.connector(2)) { $0.connector.phase = "ended" }
        #expect(obstacle(2) == "the session on connector 2 is over, and its car still there")
        board.update(.connector(2)) { $0.connector.isSessionOpen = true }
        #expect(obstacle(0) == "a session is open on connector 2")
        #expect(obstacle(3) == "expected a connector from 1 to 2, got 3")
        #expect(
            try self.desk(cells, hasTest: false).obstacle(to: .testResidual(connector: 1))
                == "the residual-current monitor of connector 1 has no test input")
    }
}
