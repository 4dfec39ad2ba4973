import Quantities
import Testing

@testable import ChargeControl

/// The last word on the contactor stands by itself: whatever the phases came to, each of these alone keeps it open
/// (`ChargeController.mayEnableContactor`). Asked of a controller whose phase says closed.
@Suite struct LastWordTests {
    private struct Question {
        var controller: ChargeController
        var input: ControlInput
        var standing = FaultSummary()
    }

    private func allowed(
        _ rig: Rig, after time: Nanoseconds = .milliseconds(5), _ change: (inout Question) -> Void = { _ in }
    ) -> Bool {
        var question = Question(controller: rig.controller, input: rig.input)
        change(&question)
        return question.controller.mayEnableContactor(question.input, question.standing, at: rig.now + time)
    }

    private func stopping() throws -> Rig {
        var rig = try Rig()
        try rig.startCharging()
        rig.limit(.schedule, 0)
        try rig.await(.seconds(1)) { $0.phase == .stopping }
        return rig
    }

    @Test func eachCauseAloneKeepsItOpen() throws {
        var charging = try Rig()
        try charging.startCharging()
        for rig in [charging, try stopping()] {
            #expect(allowed(rig))
            #expect(!allowed(rig) { $0.standing.opens = true })
            #expect(!allowed(rig) { $0.input.hardShutdown = true })
            #expect(!allowed(rig) { $0.input.durableBegin = 0 })
            #expect(!allowed(rig) { $0.input.durableBegin &+= 1 })
            #expect(
                !allowed(rig) { question in
                    question.controller.loop.observe(lateness: .milliseconds(41), at: rig.now + .milliseconds(46))
                })
            #expect(!allowed(rig) { question in question.controller.loop = LoopSupervisor() })
            #expect(!allowed(rig) { question in question.controller.residualTest.start(at: rig.now) })
            #expect(
                !allowed(rig, after: .milliseconds(30)) { question in
                    for step in Int64(1)...6 {
                        let at = rig.now + .milliseconds(5 * step)
                        question.controller.pilot.observe(
                            PilotSample(high: Millivolts(9_000), low: Millivolts(-12_000), at: at), ventilated: false,
                            at: at)
                    }
                })
        }
        #expect(!allowed(charging) { question in question.controller.pwmSince = nil })
    }

    /// In C1 it only stays closed, and not beyond 6 s.
    @Test func stoppingClosesNothing() throws {
        let rig = try stopping()
        #expect(!allowed(rig) { question in question.controller.contactor.command(closed: false, at: rig.now) })
        let x1Since = rig.controller.x1Since
        #expect(allowed(rig, after: x1Since + .milliseconds(5_995) - rig.now))
        #expect(!allowed(rig, after: x1Since + .seconds(6) - rig.now))
    }

    /// The same of a contactor that a test in service mode wants closed.
    @Test func eachCauseAloneKeepsATestOpen() throws {
        var rig = try Rig(options: .with { $0.watchesEarth = true })
        rig.draw = .zero
        try rig.enterService()
        rig.begin(.contactor(.seconds(2)))
        let startedAt = rig.now
        rig.run(.milliseconds(100))
        #expect(allowed(rig))
        #expect(!allowed(rig) { $0.standing.opens = true })
        #expect(!allowed(rig) { $0.input.hardShutdown = true })
        #expect(!allowed(rig) { $0.input.emergencyStop = true })
        #expect(!allowed(rig) { $0.input.residualDirect = true })
        #expect(!allowed(rig) { $0.input.residualAlternating = true })
        #expect(!allowed(rig) { $0.input.supplyLow = true })
        #expect(!allowed(rig) { $0.input.enclosureOpen = true })
        #expect(!allowed(rig) { $0.input.earthPresent = nil })
        #expect(!allowed(rig) { $0.input.currents.second = Milliamps(501) })
        #expect(!allowed(rig) { $0.controller.service.visit = 0 })
        #expect(!allowed(rig) { $0.controller.service.report.stage = .releasing })
        #expect(!allowed(rig) { $0.controller.service.test = .lamps(.all, .seconds(2)) })
        #expect(!allowed(rig) { $0.controller.session.phase = .waiting })
        #expect(!allowed(rig) { $0.controller.command = .stateF })
        #expect(!allowed(rig) { question in question.controller.residualTest.start(at: rig.now) })
        #expect(
            !allowed(rig) { question in
                question.controller.loop.observe(lateness: .milliseconds(16), at: rig.now + .milliseconds(21))
            })
        #expect(
            !allowed(rig) { question in
                let at = rig.now + .milliseconds(5)
                question.controller.pilot.observe(
                    PilotSample(high: Millivolts(9_000), low: Millivolts(9_000), at: at), ventilated: false, at: at)
            })
        #expect(
            !allowed(rig) { question in question.controller.contactor.command(closed: false, at: rig.now) },
            "not proven open again")
        #expect(allowed(rig, after: startedAt + .milliseconds(1_995) - rig.now))
        #expect(!allowed(rig, after: startedAt + .seconds(2) - rig.now))
    }

    /// No other phase closes.
    @Test func onlyChargingCloses() throws {
        var rig = try Rig()
        try rig.startCharging()
        for phase in SessionPhase.allCases where phase != .charging && phase != .stopping {
            #expect(!allowed(rig) { question in question.controller.session.phase = phase }, "\(phase)")
        }
    }

    @Test func aBenchBoardThatIsNotAllowedNeverCloses() throws {
        for isAllowed in [true, false] {
            var rig = try Rig(bench: true, benchAllowed: true)
            try rig.startCharging()
            let strict = try ControlConfiguration(
                maximumCurrent: Milliamps(32_000), phases: 3, cable: .tethered(rating: Milliamps(32_000)),
                meterPollPeriod: .seconds(1), benchBoard: true, benchAllowed: isAllowed, simulatedBoard: true)
            #expect(
                allowed(rig) { question in
                    var other = ChargeController(strict)
                    other.pilot = question.controller.pilot
                    other.loop = question.controller.loop
                    other.session = question.controller.session
                    other.pwmSince = question.controller.pwmSince
                    other.contactor = question.controller.contactor
                    question.controller = other
                } == isAllowed)
        }
    }
}
