internal import FirmwareUpdate
internal import Quantities
internal import ServiceShell
internal import SignedRecords

// What the updater tells, in the words of the shell.
extension FirmwareAnswer {
    /// - Parameters:
    ///   - running: the slot that this process was started from; nil where it was not started from one.
    ///   - standing: how the trial that this process is stands at its gate; nil where it is none.
    init(_ status: UpdaterStatus, running: FirmwareUpdate.Slot?, standing: FirmwareUpdates.Standing? = nil) {
        let record = status.record
        self.init(
            slots: FirmwareUpdate.Slot.allCases.map { Self.answer($0, in: record) }, running: running?.name,
            counterFloor: record.counterFloor, rootVersion: record.rootVersion,
            lastChange: Self.words(record.lastReason),
            transfer: status.transfer.map { TransferAnswer(next: $0.next, length: $0.length, isWhole: $0.isWhole) },
            gate: record.trial.map { _ in
                Gate(
                    triesLeft: record.triesLeft, held: standing?.held,
                    needed: standing?.needed ?? .seconds(Int64(status.confirmSeconds ?? 0)),
                    failing: standing?.failing.names ?? [])
            }, system: status.system.map { Self.answer($0, standing) })
    }

    private static func answer(
        _ system: SystemStatus, _ gate: FirmwareUpdates.Standing?
    ) -> FirmwareAnswer.System {
        var state =
            switch system.standing {
            case .none: "none on its way"
            case .staged: "waits to be activated"
            case .installing(let percent, let step): "is being installed, \(percent) %: \(step)"
            case .restartDue: "waits for the machine to start again"
            case .onTrial: "is on trial"
            case .unknown(let reason): "not known: \(reason)"
            }
        if system.standing == .onTrial, let failing = gate?.failing.names, !failing.isEmpty {
            state += "; failing: \(failing.joined(separator: ", "))"
        }
        return FirmwareAnswer.System(
            state: state, version: system.candidate?.image.version, counter: system.candidate?.image.securityCounter,
            counterFloor: system.counterFloor, last: system.outcome.map(words))
    }

    private static func words(_ outcome: SystemRecord.Outcome) -> String {
        switch outcome.result {
        case .confirmed: "\(outcome.version) was confirmed"
        case .fellBack: "\(outcome.version) has spent its tries: the machine went back"
        case .abandoned: "\(outcome.version) was given up"
        case .notInstalled: "\(outcome.version) was not installed: \(outcome.words)"
        }
    }

    private static func answer(_ slot: FirmwareUpdate.Slot, in record: BootRecord) -> FirmwareAnswer.Slot {
        let content = record[slot]
        let state =
            switch content {
            case .empty: "empty"
            case .staged: "staged"
            case .bootable: "bootable"
            case .bad: "bad"
            }
        return FirmwareAnswer.Slot(
            name: slot.name, state: state,
            part: slot == record.active ? "active" : slot == record.trial ? "trial" : nil,
            version: content.image?.version, counter: content.image?.securityCounter,
            manifest: content.image?.manifest.bytes)
    }

    private static func words(_ reason: BootReason) -> String {
        switch reason {
        case .factory: "as it left the factory"
        case .cleared: "the other slot was emptied"
        case .staged: "a release was unpacked"
        case .verified: "a release was unpacked and read back"
        case .activated: "a trial was asked for"
        case .tried: "a trial was started"
        case .confirmed: "a trial was confirmed"
        case .triesSpent: "a trial has spent its tries"
        case .hashMismatch: "a slot was found damaged"
        case .abandoned: "a trial was given up"
        case .floorRaised: "a trial was confirmed, and the counter's floor raised"
        case .rootRaised: "a newer root was accepted"
        case .recovered: "the boot record was lost and made anew"
        }
    }
}
