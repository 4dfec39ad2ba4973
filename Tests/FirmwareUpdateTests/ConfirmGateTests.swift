import Quantities
import Testing

@testable import FirmwareUpdate

@Suite("The confirm gate")
struct ConfirmGateTests {
    private func gate(_ seconds: UInt16 = 60, excused: ConfirmConditions = [], countsLateness: Bool = true)
        -> ConfirmGate
    {
        ConfirmGate(seconds: seconds, excused: excused, countsLateness: countsLateness, at: .zero)
    }

    /// Looks each second with these conditions; the second at which the gate first said something else than to wait.
    private func end(
        _ gate: ConfirmGate, seconds: Int64 = 2000, inUse: Range<Int64> = 0..<0,
        _ holding: (Int64) -> ConfirmConditions
    ) -> (at: Int64, verdict: ConfirmGate.Verdict)? {
        var gate = gate
        for second in 0...seconds {
            let verdict = gate.look(holding(second), isInUse: inUse.contains(second), at: .seconds(second))
            if case .waiting = verdict { continue }
            return (second, verdict)
        }
        return nil
    }

    @Test("passes when all has held for the whole time, and not a second before")
    func passes() {
        #expect(end(gate()) { _ in .all }?.at == 60)
        #expect(end(gate(90)) { _ in .all }?.at == 90)
        // Less than a minute is never asked for.
        #expect(end(gate(1)) { _ in .all }?.at == 60)
        #expect(end(gate()) { _ in .all }?.verdict == .passed(reported: []))
    }

    @Test("each condition by itself begins the time anew", arguments: 0..<9)
    func each(bit: UInt16) {
        let condition = ConfirmConditions(rawValue: 1 << bit)
        #expect(end(gate()) { $0 == 59 ? .all.subtracting(condition) : .all }?.at == 120)
        let never = end(gate()) { _ in .all.subtracting(condition) }
        #expect(never?.verdict == .outOfTime(failing: condition))
        #expect(never?.at == 960)
    }

    @Test("what had failed before is reported and not asked for; a late loop counts where the board says so")
    func excused() {
        let failing: ConfirmConditions = [.meterAnswers, .ledgerReached]
        let verdict = end(gate(excused: failing)) { _ in .all.subtracting(failing) }
        #expect(verdict?.verdict == .passed(reported: failing))
        #expect(end(gate(countsLateness: false)) { _ in .all.subtracting(.punctual) }?.at == 60)
        #expect(ConfirmConditions.all.names.count == 9)
        #expect(failing.names == ["meter answers", "ledger reached"])
    }

    @Test("time with a car uses none of a trial's time up, and nobody is cut off because it is over")
    func inUse() {
        let failing = ConfirmConditions.all.subtracting(.pilotIdle)
        #expect(end(gate(), seconds: 20_000, inUse: 0..<30_000) { _ in failing } == nil)
        let pause = end(gate(), seconds: 20_000, inUse: 100..<10_100) { _ in failing }
        #expect(pause?.at == 10_960)
        #expect(pause?.verdict == .outOfTime(failing: .pilotIdle))
        // A car that comes in the last second keeps it until it has gone.
        let late = end(gate(), seconds: 20_000, inUse: 960..<5_000) { _ in failing }
        #expect(late?.at == 5_000)
        // Behind the car it may still pass.
        let passed = end(gate(), inUse: 0..<1_500) { $0 < 1_500 ? failing : .all }
        #expect(passed?.verdict == .passed(reported: []))
        #expect(passed?.at == 1_560)
    }

    @Test("a look that did not come, or a clock that goes back, proves nothing of the time between")
    func gaps() {
        var late = gate()
        _ = late.look(.all, isInUse: false, at: .zero)
        guard case .waiting(let held, _) = late.look(.all, isInUse: false, at: .seconds(61)) else {
            Issue.record("passed on two looks a minute apart")
            return
        }
        #expect(held == .zero)
        var back = gate()
        for second in Int64(0)...50 { _ = back.look(.all, isInUse: false, at: .seconds(second)) }
        _ = back.look(.all, isInUse: false, at: .seconds(49))
        guard case .waiting = back.look(.all, isInUse: false, at: .seconds(54)) else {
            Issue.record("passed over a clock that went back")
            return
        }
    }
}

@Suite("Requests to switch")
struct ActivationRequestTests {
    private func request(_ change: (inout ActivationRequest) -> Void) -> ActivationRequest {
        var request = ActivationRequest(
            isSessionOpen: false, isContactorClosed: false, isCarConnected: false, isTestPending: false,
            areTicksDurable: true, holding: .all)
        change(&request)
        return request
    }

    @Test("each reason by itself stands against it, and so does what is unknown")
    func blocks() {
        #expect(request { _ in }.blocks.isEmpty)
        let changes: [(ActivationBlock, WritableKeyPath<ActivationRequest, Bool?>, Bool)] = [
            (.sessionOpen, \.isSessionOpen, true), (.contactorClosed, \.isContactorClosed, true),
            (.carConnected, \.isCarConnected, true), (.testPending, \.isTestPending, true),
            (.ticksNotDurable, \.areTicksDurable, false),
        ]
        for (block, path, bad) in changes {
            for value in [bad, nil] { #expect(request { $0[keyPath: path] = value }.blocks == [block]) }
            #expect(request { ($0[keyPath: path], $0.overriddenBy) = (bad, "R. Low") }.blocks == [block])
        }
    }

    @Test("a condition that fails already stands against it, unless a technician takes it on himself")
    func failing() {
        let failing = request { $0.holding = .all.subtracting([.keyUsable, .meterAnswers]) }
        #expect(failing.blocks == [.alreadyFailing(.keyUsable)])
        #expect(failing.excused == .meterAnswers)
        let overridden = request {
            $0.holding = .all.subtracting([.keyUsable, .meterAnswers])
            $0.overriddenBy = "R. Low"
        }
        #expect(overridden.blocks.isEmpty)
        #expect(overridden.excused == [.keyUsable, .meterAnswers])
        #expect(request { $0.holding = .all.subtracting(.punctual) }.blocks == [.alreadyFailing(.punctual)])
        let emulated = request { ($0.holding, $0.countsLateness) = (.all.subtracting(.punctual), false) }
        #expect(emulated.blocks.isEmpty)
    }
}
