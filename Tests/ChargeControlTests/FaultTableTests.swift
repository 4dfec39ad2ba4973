import ChargeControl
import Quantities
import Testing

/// Every row of the fault table: raised after its persistence and not before, held, cleared by its own condition.
@Suite struct FaultTableTests {
    /// How a row is brought about in a charging rig, and taken away.
    private struct Case: Sendable, CustomTestStringConvertible {
        let code: FaultCode
        /// From the first step with the condition to the step that raises it.
        let raisedAfter: Nanoseconds
        /// Whether the contactor is open in the step that raises it.
        let opens: Bool
        let begin: @Sendable (inout Rig) -> Void
        let end: @Sendable (inout Rig) -> Void

        var testDescription: String { "\(code)" }
    }

    private static let opening: [Case] = [
        Case(code: .pilotInvalid, raisedAfter: .milliseconds(20), opens: true) {
            $0.car = .invalid
        } end: {
            $0.car = .b
        },
        Case(code: .pilotShorted, raisedAfter: .milliseconds(20), opens: true) {
            $0.car = .e
        } end: {
            $0.car = .b
        },
        Case(code: .pilotNegative, raisedAfter: .milliseconds(20), opens: true) {
            $0.car = .f
        } end: {
            $0.car = .b
        },
        Case(code: .ventilationMissing, raisedAfter: .milliseconds(20), opens: true) {
            $0.car = .d
        } end: {
            $0.car = .b
        },
        Case(code: .diodeMissing, raisedAfter: .milliseconds(500), opens: true) {
            $0.diode = false
        } end: {
            $0.diode = true
            $0.car = .b
        },
        Case(code: .emergencyStop, raisedAfter: .milliseconds(5), opens: true) {
            $0.input.emergencyStop = true
        } end: {
            $0.input.emergencyStop = false
            $0.car = .b
        },
        Case(code: .residualDirect, raisedAfter: .milliseconds(5), opens: true) {
            $0.input.residualDirect = true
        } end: {
            $0.input.residualDirect = false
            $0.car = .b
        },
        Case(code: .residualAlternating, raisedAfter: .milliseconds(5), opens: true) {
            $0.input.residualAlternating = true
        } end: {
            $0.input.residualAlternating = false
            $0.car = .b
        },
        Case(code: .contactorNotClosed, raisedAfter: .milliseconds(300), opens: true) {
            $0.neverCloses = true
        } end: {
            $0.neverCloses = false
            $0.car = .b
        },
        Case(code: .contactorUnobserved, raisedAfter: .seconds(1), opens: true) {
            $0.feedbackIsKnown = false
        } end: {
            $0.feedbackIsKnown = true
            $0.car = .b
        },
        Case(code: .overcurrent, raisedAfter: .seconds(7), opens: false) {
            $0.draw = Milliamps(35_701)
        } end: {
            $0.draw = Milliamps(16_000)
            $0.car = .b
        },
        Case(code: .recordsFailed, raisedAfter: .zero, opens: false) {
            $0.input.recordStore = .failed
        } end: {
            $0.input.recordStore = .ok
            $0.car = .b
        },
    ]

    @Test(arguments: opening)
    private func raisedAfterItsPersistence(row: Case) throws {
        var rig = try Rig()
        try rig.startCharging()
        row.begin(&rig)
        rig.step()
        var waited = Nanoseconds.zero
        while waited < row.raisedAfter {
            #expect(rig.count { $0 == .faultLatched(row.code) } == 0, "too early: \(waited)")
            #expect(rig.output.contactorEnable)
            rig.step()
            waited += .milliseconds(5)
        }
        #expect(rig.count { $0 == .faultLatched(row.code) } == 1)
        #expect(rig.output.display.fault == row.code)
        #expect(rig.output.contactorEnable == !row.opens)
        #expect(!rig.isPowered)
    }

    @Test(arguments: opening)
    private func heldWhileItsConditionLastsAndNeverRepeated(row: Case) throws {
        var rig = try Rig()
        try rig.startCharging()
        row.begin(&rig)
        rig.run(row.raisedAfter + .milliseconds(50))
        // Over-current, diode and failed closing can be seen only while the contactor is closed.
        let lasts: [FaultCode] = [
            .pilotInvalid, .pilotShorted, .pilotNegative, .ventilationMissing, .emergencyStop, .residualDirect,
            .residualAlternating, .contactorUnobserved, .recordsFailed,
        ]
        rig.run(.seconds(60))
        #expect(rig.count { $0 == .faultLatched(row.code) } == 1)
        if lasts.contains(row.code) {
            #expect(rig.clearings(of: row.code).isEmpty)
            #expect(rig.output.display.fault == row.code)
        }
        #expect(!rig.output.contactorEnable)
    }

    /// After how long, with the car waiting in B, a row clears itself; `nil` where it does not.
    @Test(arguments: [
        (FaultCode.pilotInvalid, Nanoseconds?.some(.seconds(30))), (.pilotShorted, .seconds(30)),
        (.pilotNegative, .seconds(30)), (.ventilationMissing, .seconds(3)), (.diodeMissing, nil), (.emergencyStop, nil),
        (.residualDirect, nil), (.residualAlternating, .seconds(300)), (.contactorNotClosed, .seconds(30)),
        (.contactorUnobserved, .seconds(1)), (.overcurrent, .seconds(30)), (.recordsFailed, .seconds(1)),
    ])
    private func clearsItselfInItsTime(code: FaultCode, after: Nanoseconds?) throws {
        let row = try #require(Self.opening.first { $0.code == code })
        var rig = try Rig()
        try rig.startCharging()
        // Away from the closing: there alternating residual current is not retried.
        rig.run(.seconds(5))
        row.begin(&rig)
        _ = rig.run(within: .seconds(8)) { $0.output.display.fault == code }
        row.end(&rig)
        guard let after else {
            rig.run(.seconds(400))
            #expect(rig.output.display.fault == code)
            #expect(rig.endReasons == [code == .emergencyStop ? .emergencyStop : .fault])
            return
        }
        let cleared = try #require(rig.run(within: .seconds(400)) { $0.output.display.fault == nil })
        #expect(cleared <= after + .milliseconds(15) && cleared >= after - .milliseconds(15), "\(cleared)")
        #expect(rig.endReasons.isEmpty)
        // It goes on in the same session, 5 s after a stop by the charger.
        rig.run(.seconds(6))
        rig.car = .c
        rig.run(.seconds(1))
        #expect(rig.output.contactorEnable)
        #expect(rig.count { if case .resume = $0 { true } else { false } } == 1)
        #expect(rig.output.display.session == 1)
    }

    /// What the latches need once they hold.
    @Test(arguments: [
        (FaultCode.diodeMissing, true, false), (.emergencyStop, false, true), (.residualDirect, false, false),
        (.cableChanged, true, false),
    ])
    private func clearsByUnplugOrByReset(code: FaultCode, byUnplug: Bool, byReset: Bool) throws {
        func latched() throws -> Rig {
            var rig = try Rig(cable: .socket)
            rig.input.proximity = Ohms(220)
            try rig.startCharging()
            if code == .cableChanged {
                rig.input.proximity = Ohms(680)
                rig.run(.milliseconds(100))
                rig.input.proximity = Ohms(220)
                rig.car = .b
            } else {
                let row = try #require(Self.opening.first { $0.code == code })
                row.begin(&rig)
                rig.run(row.raisedAfter + .milliseconds(50))
                row.end(&rig)
            }
            rig.run(.seconds(2))
            #expect(rig.output.display.fault == code)
            return rig
        }
        var unplugged = try latched()
        unplugged.car = .a
        unplugged.run(.seconds(1))
        #expect((unplugged.output.display.fault == nil) == byUnplug)
        var reset = try latched()
        reset.input.localReset = true
        reset.run(.seconds(1))
        #expect((reset.output.display.fault == nil) == byReset)
    }

    @Test func aResetWhileTheConditionLastsClearsNothing() throws {
        var rig = try Rig()
        rig.run(.milliseconds(50))
        rig.input.emergencyStop = true
        rig.input.localReset = true
        rig.run(.seconds(1))
        #expect(rig.output.display.fault == .emergencyStop)
        #expect(rig.count { $0 == .faultLatched(.emergencyStop) } == 1)
        rig.input.localReset = false
        rig.input.emergencyStop = false
        rig.run(.seconds(1))
        #expect(rig.output.display.fault == .emergencyStop)
        rig.input.localReset = true
        rig.step()
        #expect(rig.output.display.fault == nil)
    }

    @Test func alternatingResidualCurrentSoonAfterClosingIsNotRetried() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.run(.seconds(1))
        rig.input.residualAlternating = true
        rig.run(.milliseconds(50))
        rig.input.residualAlternating = false
        rig.car = .b
        rig.run(.seconds(400))
        #expect(rig.output.display.fault == .residualAlternating)
        #expect(rig.endReasons == [.fault])
        // The unplug alone does not do; the reset after it does.
        rig.car = .a
        rig.run(.seconds(1))
        #expect(rig.output.display.fault == .residualAlternating)
        rig.input.localReset = true
        rig.step()
        #expect(rig.output.display.fault == nil)
    }

    @Test func threeRetriesThenTheSessionIsOver() throws {
        var rig = try Rig()
        try rig.startCharging()
        for attempt in 1...4 {
            rig.car = .e
            rig.run(.milliseconds(100))
            #expect(rig.output.display.fault == .pilotShorted)
            rig.car = .b
            rig.run(.seconds(32))
            #expect((rig.output.display.fault == nil) == (attempt < 4), "attempt \(attempt)")
        }
        #expect(rig.endReasons == [.fault])
        if case .end(_, _, let fault, _, _) = rig.intents.last(where: { if case .end = $0 { true } else { false } }) {
            #expect(fault == .pilotShorted)
        }
        rig.car = .a
        rig.run(.seconds(2))
        #expect(rig.output.display.fault == nil)
        rig.car = .b
        rig.run(.seconds(2))
        #expect(rig.output.display.phase == .offering)
    }

    @Test func anUnplugGivesTheRetriesBack() throws {
        var rig = try Rig()
        for session in UInt32(1)...3 {
            try rig.startCharging()
            for _ in 1...3 {
                rig.car = .e
                rig.run(.milliseconds(100))
                rig.car = .b
                rig.run(.seconds(32))
                #expect(rig.output.display.fault == nil, "session \(session)")
            }
            #expect(rig.output.display.session == session)
            rig.car = .a
            rig.run(.seconds(1))
        }
    }

    @Test func persistenceBeginsAnewAfterAClear() throws {
        var rig = try Rig()
        rig.run(.milliseconds(50))
        rig.input.emergencyStop = true
        rig.run(.milliseconds(50))
        rig.input.emergencyStop = false
        rig.input.localReset = true
        rig.run(.milliseconds(10))
        #expect(rig.output.display.fault == nil)
        rig.input.localReset = false
        rig.input.emergencyStop = true
        rig.step()
        #expect(rig.output.display.fault == nil)
        rig.step()
        #expect(rig.output.display.fault == .emergencyStop)
    }

    /// A warning never ends a session: it clears itself as often as its condition goes, on every charger.
    @Test func noWarningIsFinal() throws {
        for isBench in [false, true] {
            let configuration = try ControlConfiguration(
                maximumCurrent: Milliamps(32_000), phases: 3, cable: .socket, meterPollPeriod: .seconds(1),
                benchBoard: isBench, benchAllowed: isBench)
            let warnings = FaultCode.allCases.filter { $0.row(for: configuration).rule.effect == .warn }
            #expect(warnings.contains(.contactorUnobserved) == isBench && warnings.count >= 8)
            for code in warnings {
                let rule = code.row(for: configuration).rule
                guard case .none = rule.latch, case .unlimited = rule.retries else {
                    Issue.record("\(code) may end a session")
                    continue
                }
            }
        }
    }
}
