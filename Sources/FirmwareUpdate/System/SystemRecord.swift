public import SignedRecords

/// What the updater keeps of the operating system's images: how far back they may go, and the one that is on its way.
///
/// A value: each change is a function to the next record, and becomes true by one durable replacement of its file. Its floor is
/// its own: firmware and operating system are released apart, and count apart.
public struct SystemRecord: Hashable, Sendable {
    /// How many failed images are remembered; of more, the newest.
    public static let mostFailed = 16

    /// An image on this device.
    public struct Candidate: Hashable, Sendable {
        public var image: Image
        /// How long the confirm gate must hold for it, in seconds.
        public var confirmSeconds: UInt16

        public init(image: Image, confirmSeconds: UInt16) {
            self.image = image
            self.confirmSeconds = confirmSeconds
        }
    }

    /// An installation, as it has to be known behind a restart of the machine.
    public struct Transaction: Hashable, Sendable {
        public var candidate: Candidate
        /// The bootloader's name of the slot that ran before.
        public var bootSlot: String
        /// Which start of the machine began it.
        public var bootID: String
        /// What the trial is excused from: it had failed before.
        public var excused: ConfirmConditions

        public init(candidate: Candidate, bootSlot: String, bootID: String, excused: ConfirmConditions) {
            self.candidate = candidate
            self.bootSlot = bootSlot
            self.bootID = bootID
            self.excused = excused
        }
    }

    /// How far it has come.
    public enum Phase: Hashable, Sendable {
        case none
        /// The image's file is whole and was read back.
        case staged(Candidate)
        /// The installer was asked, or is about to be.
        case installing(Transaction)
        /// The next start is the new image's, or this one was.
        case installed(Transaction)
        /// The trial was given up; the next start is the image's before.
        case abandoned(Transaction)
    }

    /// How the last one ended.
    public struct Outcome: Hashable, Sendable {
        public enum Result: UInt8, Hashable, Sendable, CaseIterable {
            case confirmed = 1
            /// The bootloader went back to the slot before: the image has spent its tries.
            case fellBack = 2
            case abandoned = 3
            /// It was not installed.
            case notInstalled = 4
        }

        public var result: Result
        public var version: String
        /// What the installer said; empty where it said nothing.
        public var words: String

        public init(_ result: Result, version: String, words: String = "") {
            self.result = result
            self.version = version
            self.words = words
        }
    }

    /// No image with a lower security counter is accepted.
    public internal(set) var counterFloor: UInt32
    /// Images that the bootloader gave up, oldest first. They are not taken again.
    public internal(set) var failed: [ContentHash]
    public internal(set) var phase: Phase
    public internal(set) var outcome: Outcome?

    /// The record of a device whose operating system never was an image of a bundle.
    public init() {
        counterFloor = 0
        failed = []
        phase = .none
        outcome = nil
    }

    /// The image that is staged, and may be activated.
    public var staged: Image? {
        if case .staged(let candidate) = phase { candidate.image } else { nil }
    }

    /// What is installed or was, until the end of its trial.
    public var transaction: Transaction? {
        switch phase {
        case .none, .staged: nil
        case .installing(let transaction), .installed(let transaction), .abandoned(let transaction): transaction
        }
    }
}

// Each change of the record. What is not allowed is refused.
extension SystemRecord {
    /// No image is staged. Comes before the first byte of the next one.
    func clearing() throws(FirmwareUpdateError) -> SystemRecord {
        try requireNoTransaction("staging")
        return changed { $0.phase = .none }
    }

    /// The image's file was read back and has its hash.
    func staging(_ candidate: Candidate) throws(FirmwareUpdateError) -> SystemRecord {
        guard phase == .none else { throw .transition("staging", expected: "no other image") }
        try check(candidate.image.securityCounter, named: candidate.image.manifest)
        return changed { $0.phase = .staged(candidate) }
    }

    /// The installer is about to be asked.
    func installing(
        from bootSlot: String, bootID: String, excusing excused: ConfirmConditions
    ) throws(FirmwareUpdateError) -> SystemRecord {
        guard case .staged(let candidate) = phase else {
            throw .transition("installing", expected: "a staged image")
        }
        try check(candidate.image.securityCounter, named: candidate.image.manifest)
        return changed {
            $0.phase = .installing(
                Transaction(candidate: candidate, bootSlot: bootSlot, bootID: bootID, excused: excused))
        }
    }

    /// It was not installed; the image is not blamed, and may be activated again.
    func notInstalled(_ words: String) throws(FirmwareUpdateError) -> SystemRecord {
        guard case .installing(let transaction) = phase else {
            throw .transition("ending an installation", expected: "an installation")
        }
        return changed {
            $0.phase = .staged(transaction.candidate)
            $0.outcome = Outcome(.notInstalled, version: transaction.candidate.image.version, words: words)
        }
    }

    /// The next start is the new image's.
    func installed() throws(FirmwareUpdateError) -> SystemRecord {
        guard case .installing(let transaction) = phase else {
            throw .transition("ending an installation", expected: "an installation")
        }
        return changed { $0.phase = .installed(transaction) }
    }

    /// The trial has passed its gate, and the bootloader knows: only now the floor follows.
    func confirmed() throws(FirmwareUpdateError) -> SystemRecord {
        guard case .installed(let transaction) = phase else {
            throw .transition("confirming", expected: "an installed image")
        }
        return changed {
            $0.phase = .none
            $0.counterFloor = max(counterFloor, transaction.candidate.image.securityCounter)
            $0.outcome = Outcome(.confirmed, version: transaction.candidate.image.version)
        }
    }

    /// The trial is given up, and the bootloader knows.
    func abandoned() throws(FirmwareUpdateError) -> SystemRecord {
        guard case .installed(let transaction) = phase else {
            throw .transition("abandoning", expected: "an installed image")
        }
        return changed { $0.phase = .abandoned(transaction) }
    }

    /// The machine runs from the slot before again.
    func fellBack() throws(FirmwareUpdateError) -> SystemRecord {
        switch phase {
        case .installed(let transaction):
            let image = transaction.candidate.image
            return changed {
                $0.phase = .none
                $0.failed.removeAll { $0 == image.manifest }
                $0.failed.append(image.manifest)
                $0.failed.removeFirst(max(0, $0.failed.count - Self.mostFailed))
                $0.outcome = Outcome(.fellBack, version: image.version)
            }
        case .abandoned(let transaction):
            return changed {
                $0.phase = .none
                $0.outcome = Outcome(.abandoned, version: transaction.candidate.image.version)
            }
        case .none, .staged, .installing:
            throw .transition("going back", expected: "an installed image")
        }
    }

    /// Refuses what lies below the floor, and what the bootloader has given up here.
    func check(_ counter: UInt32, named manifest: ContentHash) throws(FirmwareUpdateError) {
        guard counter >= counterFloor else { throw .rolledBack(floor: counterFloor, found: counter) }
        guard !failed.contains(manifest) else { throw .alreadyBad(manifest) }
    }

    /// An image that is being installed, or on trial, must stay alone.
    func requireNoTransaction(_ change: String) throws(FirmwareUpdateError) {
        guard transaction == nil else {
            throw .transition(change, expected: "no image of the operating system under way")
        }
    }

    private func changed(_ body: (inout SystemRecord) -> Void) -> SystemRecord {
        var next = self
        body(&next)
        return next
    }
}
