import Foundation
import Quantities
import ServiceShell
import SignedRecords
import Synchronization
import Testing

@testable import ChargeControl
@testable import Firmware

/// What a technician's shell is told of service mode, by a desk over doors that a small core answers.
@Suite("Service mode for the shell")
final class StatusDeskServiceTests {
    private let board = StatusBoard(connectors: 2)
    private let doors = [ServiceDoor(), ServiceDoor()]
    private let core: SmallCore
    private let holder = ServiceHolder()

    /// Answers each door as the control thread would: visits stand unless they are barred, tests end at once.
    private final class SmallCore: Sendable {
        let bar = Mutex<ServiceBar?>(nil)
        let fault = Mutex<FaultCode?>(nil)
        let testBar = Mutex<ServiceBar?>(nil)
        let stands = Mutex(false)
        private let isEnding = Atomic<Bool>(false)
        private let hasEnded = DispatchSemaphore(value: 0)

        func start(_ doors: [ServiceDoor]) {
            Thread.detachNewThread { [self] in
                var wishes = doors.map { _ in ServiceWish() }
                var reports = doors.map { _ in ServiceReport() }
                while !isEnding.load(ordering: .acquiring) {
                    usleep(1_000)
                    if stands.withLock({ $0 }) { continue }
                    for index in doors.indices {
                        doors[index].update(&wishes[index])
                        answer(wishes[index], &reports[index])
                        doors[index].tell(reports[index])
                    }
                }
                hasEnded.signal()
            }
        }

        func stop() {
            isEnding.store(true, ordering: .releasing)
            hasEnded.wait()
        }

        private func answer(_ wish: ServiceWish, _ report: inout ServiceReport) {
            let barred = bar.withLock { $0 }
            report.obstacle = barred
            if wish.visit != report.judged || barred != nil {
                report.judged = wish.visit
                report.visit = barred == nil ? wish.visit : 0
                report.ended = wish.visit == 0 ? nil : barred
                report.fault = barred == .fault ? fault.withLock { $0 } : nil
            }
            guard wish.testNumber != report.test.number else { return }
            report.test = ServiceTestReport()
            report.test.number = wish.testNumber
            report.test.cause = testBar.withLock { $0 }
            report.test.stage = report.test.cause == nil ? .ended : .refused
            report.test.actuation = .milliseconds(20)
            report.test.release = .milliseconds(25)
            report.test.weld = .clear
            report.test.actuationTries = 1
        }
    }

    init() {
        core = SmallCore()
        core.start(doors)
    }

    deinit { core.stop() }

    private func desk(_ doors: [ServiceDoor]? = nil) throws -> StatusDesk {
        let rig = try DeskRig()
        let whole = try ShellRig.desk(board, ShellRig.facts(rig), rig)
        var reach = whole.reach
        reach.doors = doors ?? self.doors
        return StatusDesk(board: board, parts: whole.parts, reach: reach)
    }

    @Test("entering waits for the core's word, and tells its reason")
    func enter() throws {
        let desk = try desk()
        try desk.enterService(connector: 1, as: holder)
        #expect(doors[0].report.visit == 1 && doors[1].report.visit == 0)
        #expect(desk.renewService(holder) == ServiceHold(stands: true))
        core.bar.withLock { $0 = .car }
        #expect(throws: ServiceShellError.interlock("a car or a cable is there, or was within the last 5 s")) {
            try desk.enterService(connector: 2, as: holder)
        }
        core.fault.withLock { $0 = .emergencyStop }
        core.bar.withLock { $0 = .fault }
        #expect(
            throws: ServiceShellError.interlock(
                "a fault stands that forbids it: 201 The emergency stop was pressed. Release it and reset the charger.")
        ) {
            try desk.enterService(connector: 1, as: holder)
        }
    }

    @Test("a control thread that does not answer is told, and the beat stops")
    func standsStill() throws {
        let desk = try desk()
        core.stands.withLock { $0 = true }
        usleep(20_000)
        #expect(throws: ServiceShellError.unavailable("the control thread stands still")) {
            try desk.enterService(connector: 1, as: holder)
        }
        #expect(desk.renewService(holder) == ServiceHold(stands: false))
        core.stands.withLock { $0 = false }
    }

    @Test("of several connectors one has to be named; leaving may mean all")
    func several() throws {
        let desk = try desk()
        #expect(throws: ServiceShellError.interlock("there are 2 connectors: name one")) {
            try desk.enterService(connector: 0, as: holder)
        }
        try desk.enterService(connector: 1, as: holder)
        try desk.enterService(connector: 2, as: holder)
        #expect(throws: ServiceShellError.interlock("another login has it in service mode")) {
            try desk.enterService(connector: 2, as: ServiceHolder())
        }
        try desk.leaveService(connector: 0)
        #expect(doors.allSatisfy { $0.report.visit == 0 })
        #expect(desk.renewService(holder) == ServiceHold(stands: false))
        let alone = try self.desk([doors[0]])
        try alone.enterService(connector: 0, as: holder)
        #expect(doors[0].report.visit != 0)
    }

    @Test("a test's answer, its refusal, and whoever has no service mode")
    func tests() throws {
        let desk = try desk()
        let wish = ServiceTestWish(.contactor, for: .milliseconds(500), connector: 1)
        #expect(throws: ServiceShellError.interlock("this login has not entered service mode there")) {
            try desk.begin(wish, as: holder)
        }
        try desk.enterService(connector: 1, as: holder)
        let ticket = try desk.begin(wish, as: holder)
        let answer = try #require(desk.answer(to: ticket))
        #expect(answer.actuation == .milliseconds(20) && answer.release == .milliseconds(25) && answer.weld == .clear)
        #expect(answer.verdict == .good && answer.slowest == .milliseconds(100))
        core.testBar.withLock { $0 = .late }
        #expect(throws: ServiceShellError.interlock("the control loop came late")) {
            try desk.begin(wish, as: holder)
        }
    }

    @Test("a test has no answer before it is over, nor that of another")
    func noAnswerYet() throws {
        let desk = try desk()
        let ticket = ServiceTestTicket(connector: 1, number: 3, part: .contactor)
        core.stands.withLock { $0 = true }
        usleep(20_000)
        var report = ServiceReport()
        for stage in [ServiceTestReport.Stage.driving, .releasing, .refused, .none] {
            (report.test.number, report.test.stage) = (3, stage)
            doors[0].tell(report)
            #expect(desk.answer(to: ticket) == nil, "\(stage)")
        }
        (report.test.number, report.test.stage) = (4, .ended)
        doors[0].tell(report)
        #expect(desk.answer(to: ticket) == nil)
        report.test.number = 3
        (report.test.cause, report.test.fault) = (.car, .lockFailed)
        doors[0].tell(report)
        let answer = try #require(desk.answer(to: ticket))
        #expect(answer.cutShortBy == "a car or a cable is there, or was within the last 5 s")
        #expect(answer.fault == "602 The plug could not be locked. Unplug and try again.")
        core.stands.withLock { $0 = false }
    }

    @Test("what ends service mode is told once, connector by connector")
    func endings() throws {
        let desk = try desk()
        try desk.enterService(connector: 2, as: holder)
        core.bar.withLock { $0 = .expired }
        usleep(20_000)
        #expect(
            desk.renewService(holder)
                == ServiceHold(
                    stands: false, endings: ["service mode on connector 2 has ended: its ten minutes are over"]))
        #expect(desk.renewService(holder) == ServiceHold(stands: false))
    }

    @Test("obstacles, as far as they are known before anything is asked")
    func obstacles() throws {
        let desk = try desk()
        let lamps = ServiceTestWish(.lamps(.all), for: .seconds(1), connector: 1)
        #expect(desk.obstacle(to: .enterService(connector: 1)) == nil)
        #expect(desk.obstacle(to: .leaveService(connector: 0)) == "service mode does not stand")
        #expect(desk.obstacle(to: .test(lamps)) == "service mode does not stand")
        #expect(desk.obstacle(to: .enterService(connector: 3)) == "expected a connector from 1 to 2, got 3")
        try desk.enterService(connector: 1, as: holder)
        #expect(desk.obstacle(to: .leaveService(connector: 1)) == nil && desk.obstacle(to: .test(lamps)) == nil)
        #expect(
            desk.obstacle(to: .test(ServiceTestWish(.lock, for: .seconds(5), connector: 1)))
                == "the board has no such part, no feedback of it, or may not drive it")
        core.bar.withLock { $0 = .car }
        usleep(20_000)
        #expect(
            desk.obstacle(to: .enterService(connector: 1))?.hasPrefix("a car or a cable is there") ?? false)
        #expect(try self.desk([]).obstacle(to: .enterService(connector: 1)) == "no control loop runs")
    }

    @Test("the status says it, in the shell and for the page")
    func status() throws {
        board.update(.connector(1)) { $0.connector.service = ServiceActivity.lockTest.words }
        #expect(try desk().status().connectors.map(\.service) == ["lock test", nil])
        #expect(board.current.json().contains("\"service\":\"lock test\""))
        #expect(Set(ServiceActivity.allCases.map(\.words)).count == ServiceActivity.allCases.count)
    }

    @Test("a firmware is not switched while a part of the charger may move")
    func switching() throws {
        let desk = try desk()
        #expect(!desk.isTestPending)
        var report = ServiceReport()
        report.test.stage = .driving
        let door = ServiceDoor()
        door.tell(report)
        #expect(try self.desk([door]).isTestPending)
    }
}
