/// Each change of the slots, as a function from one record to the next. What is not allowed is refused.
extension BootRecord {
    /// What the launcher does next.
    public enum BootPlan: Equatable, Sendable {
        /// Write the record, then verify and start the trial slot.
        case tryOut(Slot, afterWriting: BootRecord)
        /// Write the record where there is one, then verify and start the active slot.
        case start(Slot, afterWriting: BootRecord?)
        /// Write the record where there is one. The active slot may not be started: another one only as the launcher allows it;
        /// otherwise nothing starts, and the outputs stay off.
        case rescue(afterWriting: BootRecord?)
    }

    /// The launcher's step at every start. A try is spent before it is made, so that a crash cannot win one back.
    public func bootPlan() throws(FirmwareUpdateError) -> BootPlan {
        if let trial {
            if triesLeft > 0 {
                let next = try changed("a try", .tried) { $0.triesLeft -= 1 }
                return .tryOut(trial, afterWriting: next)
            }
            let next = try withoutTrial("the end of a trial", .triesSpent)
            guard case .bootable = next[active] else { return .rescue(afterWriting: next) }
            return .start(active, afterWriting: next)
        }
        guard case .bootable = self[active] else { return .rescue(afterWriting: nil) }
        return .start(active, afterWriting: nil)
    }

    /// Gives the inactive slot free. Comes before its first file is overwritten, so that no half-written image counts.
    public func clearingInactive() throws(FirmwareUpdateError) -> BootRecord {
        guard trial == nil else { throw .transition("clearing a slot", expected: "no trial under way") }
        return try changed("clearing a slot", .cleared) { $0[$0.inactive] = .empty }
    }

    /// The inactive slot's files are complete and durable.
    public func staging(_ image: Image) throws(FirmwareUpdateError) -> BootRecord {
        guard self[inactive] == .empty else { throw .transition("staging", expected: "an empty slot") }
        guard image.securityCounter >= counterFloor else {
            throw .rolledBack(floor: counterFloor, found: image.securityCounter)
        }
        guard !failed.contains(image.manifest) else { throw .alreadyBad(image.manifest) }
        try Self.check(version: image.version)
        return try changed("staging", .staged) { $0[$0.inactive] = .staged(image) }
    }

    /// The staged files were read back from the disk and have their hashes.
    public func verifyingStaged() throws(FirmwareUpdateError) -> BootRecord {
        guard case .staged(let image) = self[inactive] else {
            throw .transition("verifying", expected: "a staged slot")
        }
        return try changed("verifying", .verified) { $0[$0.inactive] = .bootable(image) }
    }

    /// The inactive slot is tried at the next start. Also the way back to the previous image, as far as the floor allows.
    ///
    /// - Parameter excused: what had failed before, and is not asked of the trial.
    public func activating(
        tries: UInt8 = usualTries, excusing excused: ConfirmConditions = []
    ) throws(FirmwareUpdateError) -> BootRecord {
        guard trial == nil else { throw .transition("activating", expected: "no trial under way") }
        guard (1...Self.mostTries).contains(tries) else {
            throw .transition("activating", expected: "1 to \(Self.mostTries) tries, not \(tries)")
        }
        guard case .bootable(let image) = self[inactive] else {
            throw .transition("activating", expected: "a bootable slot")
        }
        guard image.securityCounter >= counterFloor else {
            throw .rolledBack(floor: counterFloor, found: image.securityCounter)
        }
        return try changed("activating", .activated) {
            $0.trial = $0.inactive
            $0.triesLeft = tries
            $0.excused = excused
        }
    }

    /// The trial passed the confirm gate: it is the active slot now, and the previous one stays for the way back.
    public func confirming() throws(FirmwareUpdateError) -> BootRecord {
        guard let trial else { throw .transition("confirming", expected: "a trial") }
        return try changed("confirming", .confirmed) {
            $0.active = trial
            $0.endTrial()
        }
    }

    /// The trial is given up without blaming its image; it may be activated again.
    public func abandoningTrial() throws(FirmwareUpdateError) -> BootRecord {
        guard trial != nil else { throw .transition("abandoning", expected: "a trial") }
        guard case .bootable = self[active] else {
            throw .transition("abandoning", expected: "an active slot that can be gone back to")
        }
        return try changed("abandoning", .abandoned) {
            $0.endTrial()
        }
    }

    /// A slot's files do not have their hashes. Where it was the active one, the other takes over if it may; otherwise only
    /// `fallingBack` is left.
    ///
    /// An image above the floor was not confirmed, since the floor follows those that were.
    ///
    /// - Parameter isOtherConfirmed: whether the other slot's image is known to have been confirmed here.
    public func markingBad(_ slot: Slot, isOtherConfirmed: Bool) throws(FirmwareUpdateError) -> BootRecord {
        if slot == trial { return try withoutTrial("marking bad", .hashMismatch) }
        if case .bad = self[slot] { throw .transition("marking bad", expected: "a slot that is not bad yet") }
        guard let image = self[slot].image else { throw .transition("marking bad", expected: "a slot with an image") }
        return try changed("marking bad", .hashMismatch) {
            $0[slot] = .bad(image)
            guard isOtherConfirmed, slot == $0.active, $0.trial == nil, case .bootable(let other) = $0[slot.other],
                other.securityCounter == $0.counterFloor
            else { return }
            $0.active = slot.other
        }
    }

    /// The active slot is bad, and the other one holds an image that was never confirmed. Nothing else is left: it goes on trial,
    /// its first try paid by the same write. Nobody has looked at meter, network and ledger before; they are reported, and not
    /// asked for.
    public func fallingBack(tries: UInt8 = usualTries) throws(FirmwareUpdateError) -> BootRecord {
        guard trial == nil, case .bad = self[active], case .bootable(let image) = self[inactive] else {
            throw .transition("falling back", expected: "a bad active slot, a bootable other one, and no trial")
        }
        guard (1...Self.mostTries).contains(tries) else {
            throw .transition("falling back", expected: "1 to \(Self.mostTries) tries, not \(tries)")
        }
        guard image.securityCounter >= counterFloor else {
            throw .rolledBack(floor: counterFloor, found: image.securityCounter)
        }
        return try changed("falling back", .tried) {
            ($0.trial, $0.triesLeft, $0.excused) = ($0.inactive, tries - 1, .ifBefore)
        }
    }

    /// Whether the floor lags behind the confirmed image: a power cut came between confirm and floor.
    public var isFloorDue: Bool {
        guard trial == nil, case .bootable(let image) = self[active] else { return false }
        return counterFloor < image.securityCounter
    }

    /// The floor follows the active image, only once that is confirmed: an unconfirmed one must leave a way back.
    public func raisingFloor() throws(FirmwareUpdateError) -> BootRecord {
        guard isFloorDue, case .bootable(let image) = self[active] else {
            throw .transition("raising the floor", expected: "a confirmed image with a higher counter")
        }
        return try changed("raising the floor", .floorRaised) { $0.counterFloor = image.securityCounter }
    }

    /// Newer roots were accepted, one by one, and are durable.
    public func raisingRoot(to version: UInt32) throws(FirmwareUpdateError) -> BootRecord {
        guard version > rootVersion else {
            throw .transition("raising the root", expected: "a version above \(rootVersion), not \(version)")
        }
        return try changed("raising the root", .rootRaised) { $0.rootVersion = version }
    }

    private func withoutTrial(_ change: String, _ reason: BootReason) throws(FirmwareUpdateError) -> BootRecord {
        guard let trial, let image = self[trial].image else { throw .transition(change, expected: "a trial") }
        return try changed(change, reason) {
            $0[trial] = .bad(image)
            $0.endTrial()
            // Damage says nothing of the release: unpacked anew, it may be whole.
            if reason == .triesSpent { $0.remember(failed: image) }
        }
    }

    private mutating func remember(failed image: Image) {
        failed.removeAll { $0 == image.manifest }
        failed.append(image.manifest)
        failed.removeFirst(max(0, failed.count - Self.mostFailed))
    }

    private mutating func endTrial() {
        trial = nil
        triesLeft = 0
        excused = []
    }

    private func changed(
        _ change: String, _ reason: BootReason, _ body: (inout BootRecord) -> Void
    ) throws(FirmwareUpdateError) -> BootRecord {
        guard generation < .max else { throw .transition(change, expected: "a generation below the last") }
        var next = self
        next.generation += 1
        next.lastReason = reason
        body(&next)
        if let broken = next.brokenInvariant { throw .transition(change, expected: broken) }
        return next
    }

    static func check(version: String) throws(FirmwareUpdateError) {
        guard (1...32).contains(version.utf8.count), version.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .manifestField("version", expected: "1 to 32 printable ASCII characters")
        }
    }
}
