internal import ChargeControl
internal import Glibc
internal import Quantities
internal import ServiceShell
internal import SignedRecords

// Service mode for the technician's shell. The control core decides; what is told here is its own answer.
extension StatusDesk {
    /// So long for the control thread to answer; it looks every 5 ms.
    private static let promptness = Nanoseconds.seconds(1)
    private static let standsStill = ServiceShellError.unavailable("the control thread stands still")

    func enterService(connector: UInt32, as holder: ServiceHolder) throws(ServiceShellError) {
        let (number, door) = try door(of: connector)
        let visit = try asked { (now) throws(ServiceDoor.Refusal) in try door.enter(holder, at: now) }
        guard let report = awaitReport(door, { $0.judged == visit }) else {
            door.end(holder)
            throw Self.standsStill
        }
        guard report.visit == visit else {
            door.end(holder)
            throw .interlock(reason(report.ended, report.fault, on: number))
        }
    }

    func leaveService(connector: UInt32) throws(ServiceShellError) {
        for door in doors(connector) where door.report.visit != 0 {
            _ = try asked { (_) throws(ServiceDoor.Refusal) in try door.leave() }
            guard awaitReport(door, { $0.visit == 0 }) != nil else { throw Self.standsStill }
        }
    }

    func renewService(_ holder: ServiceHolder) -> ServiceHold {
        var hold = ServiceHold(stands: false)
        for (index, door) in reach.doors.enumerated() {
            let answer = door.renew(holder, at: reach.now())
            if answer.stands { hold.stands = true }
            if let ended = answer.ended {
                let number = UInt32(index + 1)
                hold.endings.append(
                    "service mode on connector \(number) has ended: \(reason(ended.ended, ended.fault, on: number))")
            }
        }
        return hold
    }

    func endService(_ holder: ServiceHolder) {
        for door in reach.doors { door.end(holder) }
    }

    func begin(_ test: ServiceTestWish, as holder: ServiceHolder) throws(ServiceShellError) -> ServiceTestTicket {
        let (number, door) = try door(of: test.connector)
        let wish = ServiceTest(test)
        let ticket = ServiceTestTicket(
            connector: number,
            number: try asked { (_) throws(ServiceDoor.Refusal) in try door.begin(wish, by: holder) },
            part: test.part)
        guard let report = awaitReport(door, { $0.test.number == ticket.number }) else {
            door.callOff(test: ticket.number)
            throw Self.standsStill
        }
        if report.test.stage == .refused {
            throw .interlock(reason(report.test.cause, report.test.fault, on: number))
        }
        return ticket
    }

    func answer(to ticket: ServiceTestTicket) -> ServiceTestAnswer? {
        guard let door = doors(ticket.connector).first else { return nil }
        let test = door.report.test
        guard test.number == ticket.number, test.stage == .ended else { return nil }
        var answer = ServiceTestAnswer(ticket.part)
        answer.cutShortBy = test.cause.map { "\($0.words)" }
        answer.fault = test.fault.map { words(of: $0, on: ticket.connector) }
        answer.actuation = test.actuation
        answer.release = test.release
        (answer.actuationTries, answer.releaseTries) = (test.actuationTries, test.releaseTries)
        answer.weld =
            switch test.weld {
            case .unknown: .unknown
            case .clear: .clear
            case .stuck: .stuck
            }
        answer.slowest = control(of: ticket.connector)?.options.contactorRating.slowest
        return answer
    }

    func callOff(_ ticket: ServiceTestTicket) {
        doors(ticket.connector).first?.callOff(test: ticket.number)
    }

    // MARK: Obstacles

    func obstacleToEntering(_ connector: UInt32) -> String? {
        let found = chosen(connector).map { number, door in
            let report = door.report
            return report.obstacle.map { reason($0, standing(on: number), on: number) }
        }
        return found.contains(nil) ? nil : found.first ?? Self.noLoop
    }

    func obstacleToLeaving(_ connector: UInt32) -> String? {
        doors(connector).contains { $0.report.visit != 0 } ? nil : "\(ServiceBar.notInService.words)"
    }

    func obstacle(to test: ServiceTestWish) -> String? {
        let found = chosen(test.connector).map { number, door -> String? in
            if door.report.visit == 0 { return "\(ServiceBar.notInService.words)" }
            if test.part == .lock, !(control(of: number)?.options.hasLock ?? false) {
                return "\(ServiceBar.unequipped.words)"
            }
            return door.isTesting ? "another test runs" : nil
        }
        return found.contains(nil) ? nil : found.first ?? Self.noLoop
    }

    /// Whether a part of the charger may move now because somebody tests it.
    var isTestPending: Bool {
        reach.doors.contains { $0.isTesting } || reach.residualTests.contains { $0.report.stage == .running }
    }

    // MARK: Connectors

    private static let noLoop = "no control loop runs"

    private func chosen(_ connector: UInt32) -> [(UInt32, ServiceDoor)] {
        reach.doors.enumerated().map { (UInt32($0.offset + 1), $0.element) }
            .filter { connector == 0 || $0.0 == connector }
    }

    private func doors(_ connector: UInt32) -> [ServiceDoor] { chosen(connector).map(\.1) }

    /// The one that is meant.
    private func door(of connector: UInt32) throws(ServiceShellError) -> (UInt32, ServiceDoor) {
        let found = chosen(connector)
        guard let only = found.first else { throw .interlock(Self.noLoop) }
        guard found.count == 1 else { throw .interlock("there are \(found.count) connectors: name one") }
        return only
    }

    private func control(of number: UInt32) -> ControlConfiguration? {
        parts.connectors.first { $0.chain.rawValue == number }?.control
    }

    // MARK: Words

    private func standing(on number: UInt32) -> FaultCode? {
        board.current.connectors.first { $0.number == number }.flatMap { FaultCode(rawValue: $0.connector.faultCode) }
    }

    private func reason(_ bar: ServiceBar?, _ fault: FaultCode?, on number: UInt32) -> String {
        guard let bar else { return "the control core did not say why" }
        guard bar == .fault, let fault else { return "\(bar.words)" }
        return "\(bar.words): \(words(of: fault, on: number))"
    }

    private func words(of fault: FaultCode, on number: UInt32) -> String {
        let text = control(of: number).map { "\(fault.row(for: $0).text)" } ?? ""
        return "\(fault.rawValue) \(text)"
    }

    // MARK: Asking

    private func asked<Answer>(
        _ body: (MonotonicInstant) throws(ServiceDoor.Refusal) -> Answer
    ) throws(ServiceShellError) -> Answer {
        do throws(ServiceDoor.Refusal) { return try body(reach.now()) } catch {
            switch error {
            case .occupied: throw .interlock("another login has it in service mode")
            case .notHeld: throw .interlock("this login has not entered service mode there")
            case .busy: throw .interlock("another test runs")
            case .standsStill: throw Self.standsStill
            }
        }
    }

    private func awaitReport(_ door: ServiceDoor, _ isIt: (ServiceReport) -> Bool) -> ServiceReport? {
        let until = SystemClock.now() + Self.promptness
        while true {
            let report = door.report
            if isIt(report) { return report }
            guard SystemClock.now() < until else { return nil }
            usleep(5_000)
        }
    }
}

extension ServiceTest {
    /// A technician's wish in the core's words.
    fileprivate init(_ wish: ServiceTestWish) {
        self =
            switch wish.part {
            case .contactor: .contactor(wish.duration)
            case .lock: .lock(wish.duration)
            case .lamps(let pattern): .lamps(LampPattern(pattern), wish.duration)
            }
    }
}
