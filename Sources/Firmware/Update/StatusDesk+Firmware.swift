internal import FirmwareUpdate
internal import Quantities
internal import ServiceShell
internal import SignedRecords

// What a technician sees and changes of the firmware itself. The updater, a process of root's, decides about releases and writes
// the slots; what the charger's state forbids is found here.
extension StatusDesk {
    /// Two looks at the ledger, at the shipped interval.
    private static let patienceForProof = Nanoseconds.seconds(15)

    private func updater() throws(ServiceShellError) -> UpdaterAccess {
        guard let updates = reach.updates else { throw .unavailable("no updater is configured") }
        return UpdaterAccess(client: updates.client, transfers: reach.transfers)
    }

    func firmware() throws(ServiceShellError) -> FirmwareAnswer {
        FirmwareAnswer(
            try updater().status(), running: reach.updates?.slot, standing: reach.updates?.standing)
    }

    func put(_ bytes: [UInt8], at offset: UInt64) throws(ServiceShellError) -> TransferAnswer {
        try updater().put(bytes, at: offset)
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
        let updater = try updater()
        switch change {
        case .receive(let manifest): try updater.begin(manifest)
        case .takeIn: try updater.takeIn()
        case .verify: try updater.stage()
        case .activate(let isOverridden):
            try activate(try Self.candidate(try updater.status()), by: technician, isOverridden: isOverridden)
        case .confirm:
            guard let slot = reach.updates?.slot, reach.updates?.hasPassed == true else {
                throw .interlock("no trial has passed its gate")
            }
            try updater.change(.confirm(slot), within: UpdaterAccess.patience)
        case .rollBack:
            let status = try updater.status()
            if status.system?.standing == .onTrial {
                return try updater.change(.abandonSystem, within: FirmwareUpdates.patienceForInstaller)
            }
            guard status.record.trial == nil else {
                return try updater.change(.abandon, within: UpdaterAccess.patience)
            }
            try activate(try UpdaterAccess.otherSlot(status.record), by: technician, isOverridden: false)
        }
    }

    /// What `fw activate` concerns: an image of the operating system where one is staged, or else the other slot.
    private static func candidate(_ status: UpdaterStatus) throws(ServiceShellError) -> Image {
        if let system = status.system, system.standing == .staged, let candidate = system.candidate {
            return candidate.image
        }
        return try UpdaterAccess.otherSlot(status.record)
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
        try updater().change(
            .activate(request, standing: name.map { .overridden(by: $0) } ?? .proved, of: image.manifest),
            within: FirmwareUpdates.patienceForInstaller)
    }
}
