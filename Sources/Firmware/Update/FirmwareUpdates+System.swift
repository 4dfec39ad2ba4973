internal import FirmwareUpdate
internal import Logging
internal import Quantities

// An image of the operating system on its way: the machine starts again when the charger's state allows it, and behind that the
// image has to pass the gate that firmware has to pass. It is on trial whichever slot this process runs from.
extension FirmwareUpdates {
    /// How often the updater is asked whether there is one.
    private static let systemPeriod = Nanoseconds.seconds(10)

    /// What the thread knows of it.
    struct SystemWatch {
        var gate: ConfirmGate?
        var asked: MonotonicInstant?
    }

    /// One look, once a second.
    func lookAtSystem(_ desk: StatusDesk, isLate: Bool, isKeyUsable: () -> Bool, _ watch: inout SystemWatch) {
        let moment = SystemClock.now()
        if var gate = watch.gate {
            let holding = desk.conditions(isKeyUsable: isKeyUsable(), isPunctual: !isLate)
            let verdict = gate.look(holding, at: Nanoseconds(moment.nanoseconds))
            watch.gate = gate
            if end(verdict, of: gate) { watch = SystemWatch() }
            return
        }
        if let asked = watch.asked, moment - asked < Self.systemPeriod { return }
        watch.asked = moment
        guard case .status(let status)? = try? client.ask(.status, within: Self.patience), let system = status.system
        else { return }
        switch system.standing {
        case .onTrial:
            logger.notice("version \(system.candidate?.image.version ?? "?") of the operating system is on trial")
            watch.gate = ConfirmGate(
                seconds: system.candidate?.confirmSeconds ?? 60, excused: system.excused,
                countsLateness: desk.countsLateness, at: Nanoseconds(moment.nanoseconds))
        case .restartDue: askForRestart(desk)
        case .none, .staged, .installing, .unknown: break
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
