public import SignedRecords

/// What the daemon asks of the updater. The updater believes it what only a charger can know of itself (a car, a session, the
/// ledger's proof), and nothing about a release.
public enum UpdaterRequest: Equatable, Sendable {
    /// The longest piece of a transfer, in bytes.
    public static let mostPiece = 65_536

    /// What the boot record says, and how far a transfer has come.
    case status
    /// A transfer begins, or goes on, of the bundle with this manifest; nil begins anew.
    case begin(ContentHash?)
    /// The transfer's next bytes.
    case put([UInt8], at: UInt64)
    /// Steps 1 to 14 of the check: what came in whole stands in the other slot then.
    case stage
    /// Step 15: the other slot is tried at the next start, or the operating system's image is installed. The manifest says which, and
    /// that what was proved is what stands there; without it, the slot.
    case activate(ActivationRequest, standing: ReleaseStanding, of: ContentHash? = nil)
    /// The trial has passed its gate; the slot that asks.
    case confirm(Slot)
    /// The trial is given up; the image is not blamed.
    case abandon
    /// The operating system's image has passed its gate.
    case confirmSystem
    /// The trial of the operating system's image is given up.
    case abandonSystem
    /// The machine may start again, for an image of the operating system that waits for it.
    case restart(ActivationRequest)
    /// The status, and with it what the newest root says of technicians. A request of its own: a daemon that does not know the
    /// answer does not get it.
    case technicians
}

/// What the updater answers.
public enum UpdaterReply: Equatable, Sendable {
    case status(UpdaterStatus)
    /// The bytes are taken, or the transfer begins.
    case transfer(TransferProgress)
    /// Not done.
    case refused(UpdaterRefusal)
}

/// How far a transfer has come.
public struct TransferProgress: Equatable, Sendable {
    /// The byte that is asked for next.
    public var next: UInt64
    /// The bundle's length in bytes; nil before its header has come.
    public var length: UInt64?
    /// It is whole, and durable.
    public var isWhole: Bool

    public init(next: UInt64, length: UInt64?, isWhole: Bool) {
        self.next = next
        self.length = length
        self.isWhole = isWhole
    }
}

/// What the updater knows.
public struct UpdaterStatus: Equatable, Sendable {
    public var record: BootRecord
    /// nil where no transfer has begun since the updater started.
    public var transfer: TransferProgress?
    /// How long the conditions must hold for the slot on trial, as its manifest says; nil without a trial.
    public var confirmSeconds: UInt16?
    /// nil where the device has nothing that installs an operating system, or never did, or its record is damaged.
    public var system: SystemStatus?
    /// What the newest root says of technicians; nil where that was not asked for.
    public var technicians: RootTechnicians?

    public init(
        record: BootRecord, transfer: TransferProgress?, confirmSeconds: UInt16?, system: SystemStatus? = nil,
        technicians: RootTechnicians? = nil
    ) {
        self.record = record
        self.transfer = transfer
        self.confirmSeconds = confirmSeconds
        self.system = system
        self.technicians = technicians
    }
}

/// Why the updater did not do it.
public struct UpdaterRefusal: Equatable, Sendable, CustomStringConvertible {
    /// The step of the check that failed; nil where it was none of them.
    public var step: VerifyStep?
    /// In words, with what was expected and found.
    public var words: String
    /// The byte that a transfer goes on with, where it goes on.
    public var next: UInt64?

    public init(step: VerifyStep?, words: String, next: UInt64? = nil) {
        self.step = step
        self.words = words
        self.next = next
    }

    public var description: String { words }
}
