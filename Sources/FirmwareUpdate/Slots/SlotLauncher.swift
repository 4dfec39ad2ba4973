import SignedRecords

// Of what a start finds, only one thing is made durable: that a slot's content is not what was staged there. A signature that
// does not fit, a key that is not there or a disk that does not answer says nothing about the image for ever; the other slot
// is started, and the next start looks again.
//
// The other slot stands in for the active one as it is only where its image was confirmed here before. One that was merely unpacked,
// or given up, has shown nothing: it gets a trial, with tries and a gate, and the floor stays until that has passed.

/// Finds the slot to start: one on trial that has a try left, the active one, or the other where that does not verify.
///
/// A try is paid for by `isWriting` before the slot may start; the decision without it, which comes behind, starts a trial
/// only where that was the last thing done. So a slot that ends its process at once ends its trial as well.
public struct SlotLauncher {
    /// What came of it.
    public struct Decision: Equatable, Sendable {
        /// The slot to start, verified; nil where none may be, and outputs stay off.
        public let slot: Slot?
        /// Its manifest; nil without a slot.
        public let manifest: ReleaseManifest?
        /// What was found and what was done about it, one sentence each; empty where all is as it should be.
        public let findings: [String]
    }

    private let storage: any SlotStorage
    private let roots: any RootStorage
    private let architecture: String
    private let isWriting: Bool
    private var findings: [String] = []

    /// - Parameters:
    ///   - architecture: the processor's name, as manifests have it.
    ///   - isWriting: whether to make durable what is found; without, the storage is only read.
    public init(storage: any SlotStorage, roots: any RootStorage, architecture: String, isWriting: Bool) {
        self.storage = storage
        self.roots = roots
        self.architecture = architecture
        self.isWriting = isWriting
    }

    /// Verifies and decides. Never fails: what goes wrong is a finding.
    public func decide() -> Decision {
        var run = self
        do throws(FirmwareUpdateError) {
            return try run.choose()
        } catch {
            return Decision(slot: nil, manifest: nil, findings: run.findings + ["\(error)"])
        }
    }

    private mutating func choose() throws(FirmwareUpdateError) -> Decision {
        if isWriting { flush() }
        guard let file = try storage.bootFile() else {
            findings.append("there is no boot record")
            return try recover(generation: 1)
        }
        let store: BootRecordStore
        do throws(FirmwareUpdateError) {
            store = try BootRecordStore(reading: file)
        } catch {
            findings.append("\(error)")
            // Above whatever the file may hold, so that what is written now counts.
            if case .conflictingBootRecords(let generation) = error, generation < .max {
                return try recover(generation: generation + 1)
            }
            return try recover(generation: 1)
        }
        if let damage = store.damage { findings.append("one copy of the boot record does not count: \(damage)") }
        let verifier = SlotVerifier(storage: storage, roots: try knownRoots(), architecture: architecture)
        var record = store.record
        if isWriting { payForTry(&record) }
        if let trial = record.trial, record.lastReason == .tried {
            findings.append("slot \(trial.name) is on trial, \(record.triesLeft) tries are left behind this one")
            if let bundle = try attempt(trial, verifier, &record) { return decision(trial, bundle) }
        }
        // Both names are taken before anything is marked, since marking may turn active and inactive around.
        let (active, other) = (record.active, record.inactive)
        if let bundle = try attempt(active, verifier, &record) {
            if isWriting { raiseFloor(&record) }
            return decision(active, bundle)
        }
        guard let bundle = try attempt(other, verifier, &record) else {
            lookAtBadSlots(record, verifier)
            return nothing
        }
        guard readsData(other, record) else {
            let version = bundle.manifest.version
            findings.append("slot \(other.name), \(version): does not read the data that may stand here")
            return nothing
        }
        if wasConfirmed(other, record) { return decision(other, bundle) }
        return fallBack(to: other, bundle, &record)
    }

    /// Where nothing starts, what is wrong with slots that were marked before. Nothing comes of it: a technician reads it.
    private mutating func lookAtBadSlots(_ record: BootRecord, _ verifier: SlotVerifier) {
        guard !isWriting else { return }
        for slot in Slot.allCases {
            guard case .bad(let image) = record[slot] else { continue }
            do throws(FirmwareUpdateError) {
                _ = try verifier.verify(slot, image: image, floor: 0)
                findings.append("slot \(slot.name): it reads whole now")
            } catch {
                findings.append("slot \(slot.name): \(error)")
            }
        }
    }

    private var nothing: Decision { Decision(slot: nil, manifest: nil, findings: findings) }

    /// What is decided on is what a power cut leaves.
    private mutating func flush() {
        do throws(FirmwareUpdateError) {
            if try storage.bootFile() != nil { try storage.flushBootFile() }
        } catch {
            findings.append("the boot record cannot be made durable: \(error)")
        }
    }

    /// Every root that can be read, newest first. A damaged one costs what only it has signed, not the start.
    private mutating func knownRoots() throws(FirmwareUpdateError) -> [SignedRoot] {
        var known: [SignedRoot] = []
        for version in try roots.versions() {
            do throws(FirmwareUpdateError) {
                known.append(try roots.root(version: version))
            } catch {
                findings.append("root.\(version): \(error)")
            }
        }
        guard !known.isEmpty else { throw .missing("a root") }
        return known
    }

    /// Spends a try of the slot on trial, or ends its trial. Where that cannot be written, nothing is tried.
    private mutating func payForTry(_ record: inout BootRecord) {
        do throws(FirmwareUpdateError) {
            switch try record.bootPlan() {
            case .tryOut(_, let next): record = try written(next)
            case .start(_, let next?):
                if let trial = record.trial {
                    findings.append("slot \(trial.name) has spent its tries without being confirmed: it is marked bad")
                }
                record = try written(next)
            case .rescue(let next?):
                if let trial = record.trial {
                    findings.append("slot \(trial.name) has spent its tries, and there is none to go back to")
                }
                record = try written(next)
            case .start, .rescue: break
            }
        } catch {
            findings.append("a try cannot be paid for: \(error)")
        }
    }

    /// The floor that a confirmed image asks for; a power cut may have come between the two.
    private mutating func raiseFloor(_ record: inout BootRecord) {
        guard record.isFloorDue else { return }
        do throws(FirmwareUpdateError) {
            record = try written(try record.raisingFloor())
            findings.append("the counter floor is raised to \(record.counterFloor)")
        } catch {
            findings.append("the counter floor cannot be raised: \(error)")
        }
    }

    private func written(_ next: BootRecord) throws(FirmwareUpdateError) -> BootRecord {
        // Read again: the copy to overwrite is the one that does not count now.
        let store = try BootRecordStore(reading: try storage.bootFile() ?? [])
        try storage.write(try store.write(next))
        return next
    }

    /// The slot's bundle where it verifies; otherwise nil, with the reason among the findings.
    private mutating func attempt(
        _ slot: Slot, _ verifier: SlotVerifier, _ record: inout BootRecord
    ) throws(FirmwareUpdateError) -> VerifiedBundle? {
        let image: Image
        switch record[slot] {
        case .bootable(let bootable): image = bootable
        case .bad(let bad):
            findings.append("slot \(slot.name), \(bad.version): was found bad before")
            return nil
        case .empty, .staged:
            findings.append("slot \(slot.name): nothing to start")
            return nil
        }
        let floor = record.counterFloor
        do throws(FirmwareUpdateError) {
            return try verifier.verify(slot, image: image, floor: floor)
        } catch {
            findings.append("slot \(slot.name), \(image.version): \(error)")
        }
        // One bad read is not believed: marking is for ever, and a disk may answer the second time.
        do throws(FirmwareUpdateError) {
            let bundle = try verifier.verify(slot, image: image, floor: floor)
            findings.append("slot \(slot.name): read a second time, it is whole")
            return bundle
        } catch {
            if error.isDamage { mark(slot, &record) }
            return nil
        }
    }

    private mutating func mark(_ slot: Slot, _ record: inout BootRecord) {
        guard isWriting else { return }
        do throws(FirmwareUpdateError) {
            let isOtherConfirmed = wasConfirmed(slot.other, record) && readsData(slot.other, record)
            record = try written(try record.markingBad(slot, isOtherConfirmed: isOtherConfirmed))
            findings.append("slot \(slot.name) is marked bad")
        } catch {
            findings.append("slot \(slot.name) cannot be marked bad: \(error)")
        }
    }

    // MARK: Standing in for the active slot

    /// Whether a slot's image is known to have passed a trial here. What cannot be told has not.
    private func wasConfirmed(_ slot: Slot, _ record: BootRecord) -> Bool {
        guard case .bootable(let image) = record[slot] else { return false }
        return image.securityCounter <= record.counterFloor && isFreeOfNote(slot)
    }

    private func isFreeOfNote(_ slot: Slot) -> Bool {
        do throws(FirmwareUpdateError) { return try !storage.isNotedUnconfirmed(slot) } catch { return false }
    }

    /// A release that a technician has brought where nothing started is another matter: it waits for one who activates it.
    private func isFreeOfUnaskedNote(_ slot: Slot) -> Bool {
        do throws(FirmwareUpdateError) { return try !storage.isNotedUnasked(slot) } catch { return false }
    }

    /// Whether a slot's release reads all that may stand on the device, as far as that is known: what was noted, and what the slot
    /// before it writes.
    private func readsData(_ slot: Slot, _ record: BootRecord) -> Bool {
        guard let schema = storage.keptManifest(of: slot, in: record)?.dataSchema else { return false }
        let written = [notedSchema, storage.keptManifest(of: slot.other, in: record)?.dataSchema.writes].compactMap {
            $0
        }
        return written.allSatisfy { schema.reads($0) }
    }

    private var notedSchema: UInt32? {
        do throws(FirmwareUpdateError) { return try storage.notedSchema() } catch { return nil }
    }

    /// An image that was never confirmed, and verifies: it is tried where the active one is bad for good. While that one is only out of
    /// reach, nothing starts: it may be there the next time, and nobody has asked for the other.
    private mutating func fallBack(to slot: Slot, _ bundle: VerifiedBundle, _ record: inout BootRecord) -> Decision {
        let name = "slot \(slot.name), \(bundle.manifest.version), was never confirmed"
        guard isWriting, case .bad = record[slot.other], isFreeOfUnaskedNote(slot) else {
            findings.append("\(name): it does not start by itself")
            return nothing
        }
        do throws(FirmwareUpdateError) {
            record = try written(try record.fallingBack(tries: bundle.manifest.tries))
        } catch {
            findings.append("\(name), and cannot be put on trial: \(error)")
            return nothing
        }
        let left = record.triesLeft
        findings.append("\(name), and nothing else is left: it is on trial, \(left) tries are left behind this one")
        return decision(slot, bundle)
    }

    // MARK: Without a record

    /// Without a record that counts: the verified image with the highest counter, slot a of two alike. One that was never confirmed
    /// only where nothing else is whole: the floor becomes the counter of what is taken.
    private mutating func recover(generation: UInt64) throws(FirmwareUpdateError) -> Decision {
        let roots = try knownRoots()
        let verifier = SlotVerifier(storage: storage, roots: roots, architecture: architecture)
        var whole: [(slot: Slot, bundle: VerifiedBundle)] = []
        for slot in Slot.allCases {
            do throws(FirmwareUpdateError) {
                whole.append((slot, try verifier.verify(slot, image: nil, floor: 0)))
            } catch {
                findings.append("slot \(slot.name): \(error)")
            }
        }
        let confirmed = whole.filter { isFreeOfNote($0.slot) }
        let candidates = confirmed.isEmpty ? whole : confirmed
        guard var best = candidates.first else { return nothing }
        for other in candidates.dropFirst()
        where other.bundle.manifest.securityCounter > best.bundle.manifest.securityCounter { best = other }
        if isWriting {
            let others = whole.filter { $0.slot != best.slot }.map { ($0.slot, $0.bundle.image) }
            let record = BootRecord(
                recovering: best.slot, best.bundle.image, others: others, generation: generation,
                rootVersion: roots[0].root.version)
            do throws(FirmwareUpdateError) {
                try storage.createBootFile(BootRecordStore.file(of: record))
                findings.append("the boot record is made anew from what verifies")
            } catch {
                findings.append("the boot record cannot be made anew: \(error)")
            }
        }
        return decision(best.slot, best.bundle)
    }

    private func decision(_ slot: Slot, _ bundle: VerifiedBundle) -> Decision {
        Decision(slot: slot, manifest: bundle.manifest, findings: findings)
    }
}
