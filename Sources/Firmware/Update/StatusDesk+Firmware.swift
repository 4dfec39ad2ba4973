internal import FirmwareUpdate
internal import Quantities
internal import ServiceShell
internal import SignedRecords

// What a technician sees and changes of the firmware itself. The updater, a process of root's, decides about releases and writes
// the slots; what the charger's state forbids is found here.
extension StatusDesk {
    private static let patience = Nanoseconds.seconds(5)
    /// Two looks at the ledger, at the shipped interval.
    private static let patienceForProof = Nanoseconds.seconds(15)

    func firmware() throws(ServiceShellError) -> FirmwareAnswer {
        let status = try updaterStatus()
        let record = status.record
        let standing = reach.updates?.standing
        return FirmwareAnswer(
            slots: Slot.allCases.map { Self.answer($0, in: record) }, running: reach.updates?.slot?.name,
            counterFloor: record.counterFloor, rootVersion: record.rootVersion,
            lastChange: Self.words(record.lastReason),
            transfer: status.transfer.map { TransferAnswer(next: $0.next, length: $0.length, isWhole: $0.isWhole) },
            gate: record.trial.map { _ in
                FirmwareAnswer.Gate(
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

    private static func answer(_ slot: Slot, in record: BootRecord) -> FirmwareAnswer.Slot {
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

    func put(_ bytes: [UInt8], at offset: UInt64) throws(ServiceShellError) -> TransferAnswer {
        switch try ask(.put(bytes, at: offset), within: Self.patience) {
        case .transfer(let progress):
            return TransferAnswer(next: progress.next, length: progress.length, isWhole: progress.isWhole)
        case .refused(let refusal):
            if let next = refusal.next { throw .transferOffset(expected: next, found: offset) }
            throw .interlock(refusal.words)
        case .status: throw .unavailable("the updater answered something else")
        }
    }

    /// Why a change of the firmware is not possible now, as far as that is known without the updater.
    func obstacle(to change: UpdateChange) -> String? {
        guard let updates = reach.updates else { return "no updater is configured" }
        switch change {
        case .receive, .verify, .rollBack: return nil
        case .takeIn: return reach.transfers?.obstacle
        case .activate(let isOverridden):
            let blocks = activationRequest(overriddenBy: isOverridden ? "whoever asks" : nil).blocks
            return blocks.isEmpty ? nil : blocks.map(\.description).joined(separator: "; ")
        case .confirm: return updates.hasPassed ? nil : "no trial has passed its gate"
        }
    }

    func carryOut(_ change: UpdateChange, by technician: Technician) throws(ServiceShellError) {
        switch change {
        case .receive(let manifest):
            guard manifest.count == 32 else {
                throw .interlock("expected the bundle's manifest hash, 64 hexadecimal digits")
            }
            try self.change(.begin(ContentHash(exactly: manifest)), within: Self.patience)
        case .takeIn: try takeIn()
        case .verify: try self.change(.stage, within: FirmwareUpdates.patienceForStaging)
        case .activate(let isOverridden):
            try activate(try Self.candidate(try updaterStatus()), by: technician, isOverridden: isOverridden)
        case .confirm:
            guard let slot = reach.updates?.slot, reach.updates?.hasPassed == true else {
                throw .interlock("no trial has passed its gate")
            }
            try self.change(.confirm(slot), within: Self.patience)
        case .rollBack:
            let status = try updaterStatus()
            if status.system?.standing == .onTrial {
                return try self.change(.abandonSystem, within: FirmwareUpdates.patienceForInstaller)
            }
            guard status.record.trial == nil else {
                return try self.change(.abandon, within: Self.patience)
            }
            try activate(try Self.otherSlot(status.record), by: technician, isOverridden: false)
        }
    }

    /// What `fw activate` concerns: an image of the operating system where one is staged, or else the other slot.
    private static func candidate(_ status: UpdaterStatus) throws(ServiceShellError) -> Image {
        if let system = status.system, system.standing == .staged, let candidate = system.candidate {
            return candidate.image
        }
        return try otherSlot(status.record)
    }

    private static func otherSlot(_ record: BootRecord) throws(ServiceShellError) -> Image {
        guard case .bootable(let image) = record[record.inactive] else {
            throw .interlock("slot \(record.inactive.name) holds no release that starts")
        }
        return image
    }

    /// The release is proved to stand on the ledger, or a name stands in for that. The updater is told which one it was.
    private func activate(
        _ image: Image, by technician: Technician, isOverridden: Bool
    ) throws(ServiceShellError) {
        let name = isOverridden ? technician.name : nil
        if name == nil {
            guard let releases = reach.releases else { throw .interlock("no ledger is asked") }
            if let obstacle = releases.obstacle(to: image, within: Self.patienceForProof) {
                throw .interlock("\(obstacle); fw activate override takes that on")
            }
        }
        // Looked at behind the proof, which may have taken a while.
        let request = activationRequest(overriddenBy: name)
        try change(
            .activate(request, standing: name.map { .overridden(by: $0) } ?? .proved, of: image.manifest),
            within: FirmwareUpdates.patienceForInstaller)
    }

    private func updaterStatus() throws(ServiceShellError) -> UpdaterStatus {
        switch try ask(.status, within: Self.patience) {
        case .status(let status): return status
        case .refused(let refusal): throw .unavailable(refusal.words)
        case .transfer: throw .unavailable("the updater answered something else")
        }
    }

    private func change(_ request: UpdaterRequest, within patience: Nanoseconds) throws(ServiceShellError) {
        if case .refused(let refusal) = try ask(request, within: patience) { throw .interlock(refusal.words) }
    }

    func ask(
        _ request: UpdaterRequest, within patience: Nanoseconds
    ) throws(ServiceShellError) -> UpdaterReply {
        guard let updates = reach.updates else { throw .unavailable("no updater is configured") }
        do throws(UpdaterFault) { return try updates.client.ask(request, within: patience) } catch {
            switch error {
            case .unreachable: throw .unavailable("\(error)")
            case .unanswered: throw .unfinished("\(error)")
            }
        }
    }
}
