public import SignedRecords

/// Which slot runs, which one is on trial, and how far back the device may go.
///
/// A value: each change is a function to the next record, with the generation one higher, and becomes true by one durable
/// write (`BootRecordStore`). These hold in every record that was made here or decoded:
/// the trial slot is never the active one and is bootable; tries and excuses are there only with a trial; the active slot is
/// bootable or bad; the floor never lies above the counter of an active bootable image; no failed image is named twice.
public struct BootRecord: Hashable, Sendable {
    /// The most tries that a trial gets.
    public static let mostTries: UInt8 = 10
    /// The tries that a trial gets where the manifest names no other number.
    public static let usualTries: UInt8 = 3
    /// How many failed images are remembered; of more, the newest.
    public static let mostFailed = 16

    /// One higher with each write.
    public internal(set) var generation: UInt64
    /// The slot that starts when nothing is on trial.
    public internal(set) var active: Slot
    /// The slot that is tried at the next start, if any.
    public internal(set) var trial: Slot?
    /// How often the trial slot may still be started.
    public internal(set) var triesLeft: UInt8
    /// What need not hold for the trial to be confirmed: it had failed before the switch.
    public internal(set) var excused: ConfirmConditions
    /// Content of slot a.
    public internal(set) var a: SlotContent
    /// Content of slot b.
    public internal(set) var b: SlotContent
    /// No image with a lower security counter is accepted.
    public internal(set) var counterFloor: UInt32
    /// The newest root of release keys that was accepted.
    public internal(set) var rootVersion: UInt32
    /// Images that spent their tries without being confirmed, oldest first. They are not taken again, wherever they stand by now.
    public internal(set) var failed: [ContentHash]
    /// What led to this record.
    public internal(set) var lastReason: BootReason

    /// The record of a device as it leaves the factory: one image in slot a.
    public init(factory image: Image, rootVersion: UInt32) {
        generation = 1
        active = .a
        trial = nil
        triesLeft = 0
        excused = []
        a = .bootable(image)
        b = .empty
        counterFloor = image.securityCounter
        self.rootVersion = rootVersion
        failed = []
        lastReason = .factory
    }

    /// The record of a device whose own was lost, from what verified.
    init(
        recovering active: Slot, _ image: Image, others: [(Slot, Image)], generation: UInt64, rootVersion: UInt32
    ) {
        self.init(factory: image, rootVersion: rootVersion)
        a = .empty
        self.active = active
        self[active] = .bootable(image)
        for (slot, image) in others { self[slot] = .bootable(image) }
        self.generation = generation
        lastReason = .recovered
    }

    init(
        generation: UInt64, active: Slot, trial: Slot?, triesLeft: UInt8, excused: ConfirmConditions,
        a: SlotContent, b: SlotContent, counterFloor: UInt32, rootVersion: UInt32, failed: [ContentHash],
        lastReason: BootReason
    ) {
        self.generation = generation
        self.active = active
        self.trial = trial
        self.triesLeft = triesLeft
        self.excused = excused
        self.a = a
        self.b = b
        self.counterFloor = counterFloor
        self.rootVersion = rootVersion
        self.failed = failed
        self.lastReason = lastReason
    }

    /// The content of a slot.
    public subscript(slot: Slot) -> SlotContent {
        get { slot == .a ? a : b }
        set { if slot == .a { a = newValue } else { b = newValue } }
    }

    /// The slot that an update goes to.
    public var inactive: Slot { active.other }

    /// What must hold in every record, as the words for the one that does not.
    var brokenInvariant: String? {
        switch self[active] {
        case .bootable(let image):
            if counterFloor > image.securityCounter { return "a floor at most the active image's counter" }
        case .bad: break
        case .empty, .staged: return "an active slot that is bootable or bad"
        }
        if let trial {
            if trial == active { return "a trial slot that is not the active one" }
            guard case .bootable(let image) = self[trial] else { return "a trial slot that is bootable" }
            if image.securityCounter < counterFloor { return "a trial image at or above the floor" }
            if triesLeft > Self.mostTries { return "at most \(Self.mostTries) tries" }
        } else if triesLeft != 0 || !excused.isEmpty {
            return "tries and excuses only with a trial"
        }
        if !excused.isSubset(of: .all) { return "excuses of known conditions" }
        if failed.count > Self.mostFailed { return "at most \(Self.mostFailed) failed images" }
        if Set(failed).count != failed.count { return "each failed image once" }
        return nil
    }
}
