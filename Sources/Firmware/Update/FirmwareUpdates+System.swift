internal import FirmwareUpdate
internal import Logging
internal import Quantities

// An image of the operating system on its way: the machine starts again when the charger's state allows it, and behind that the
// image has to pass the gate that firmware has to pass. It is on trial whichever slot this process runs from.
extension FirmwareUpdates {
    /// One look, once a second.
    func lookAtSystem(_ desk: StatusDesk, isLate: Bool, isKeyUsable: () -> Bool, _ watch: inout SystemWatch) {
        if watch.isDue(at: SystemClock.now()) { askForSystem(desk, &watch) }
        guard var gate = watch.gate else { return }
        let holding = desk.conditions(isKeyUsable: isKeyUsable(), isPunctual: !isLate)
        let verdict = gate.look(
            holding, isInUse: desk.isInUse, at: Nanoseconds(SystemClock.now().nanoseconds))
        watch.gate = gate
        if end(verdict, of: gate) { watch = SystemWatch() }
    }

    private func askForSystem(_ desk: StatusDesk, _ watch: inout SystemWatch) {
        let isTrial = watch.gate != nil
        var system: SystemStatus?
        if case .status(let status)? = try? client.ask(.status, within: Self.patience) { system = status.system }
        let need = watch.take(system, countsLateness: desk.countsLateness, at: SystemClock.now())
        // What the gate said last is nobody's any more.
        if isTrial, watch.gate == nil { show(nil, hasPassed: false) }
        switch need {
        case .nothing: break
        case .trialBegan(let version): logger.notice("version \(version) of the operating system is on trial")
        case .trialEnded: logger.notice("the operating system's trial was ended")
        case .restart: askForRestart(desk)
        }
    }

    /// A session that is open, or a car, keeps it waiting; the updater holds the same against it.
    private func askForRestart(_ desk: StatusDesk) {
        let request = desk.activationRequest(overriddenBy: nil)
        guard request.restartBlocks.isEmpty else { return }
        switch try? client.ask(.restart(request), within: Self.patience) {
        case .status: logger.notice("the machine starts again, for an image of the operating system")
        case .refused(let refusal): logger.error("the machine does not start again: \(refusal)")
        case .transfer, nil: break
        }
    }

    /// Whether the trial has come to its end. Where the updater cannot be reached now, the next look asks again.
    private func end(_ verdict: ConfirmGate.Verdict, of gate: ConfirmGate) -> Bool {
        switch verdict {
        case .waiting(let held, let failing):
            show(Standing(held: held, needed: gate.duration, failing: failing), hasPassed: false)
            return false
        case .passed(let reported):
            guard finishSystem(.confirmSystem, "has passed its trial and is confirmed") else { return false }
            let names = reported.names.joined(separator: ", ")
            if !names.isEmpty { logger.notice("not asked for of the operating system, and failing: \(names)") }
        case .outOfTime(let failing):
            let names = failing.names.joined(separator: ", ")
            guard finishSystem(.abandonSystem, "is given up, its time is over; failing: \(names)") else { return false }
        }
        show(nil, hasPassed: false)
        return true
    }

    private func finishSystem(_ request: UpdaterRequest, _ words: String) -> Bool {
        switch try? client.ask(request, within: Self.patienceForInstaller) {
        case .status:
            logger.notice("the operating system \(words)")
            return true
        case .refused(let refusal):
            logger.error("the operating system's trial has no end: \(refusal)")
            return false
        case .transfer, nil: return false
        }
    }
}
