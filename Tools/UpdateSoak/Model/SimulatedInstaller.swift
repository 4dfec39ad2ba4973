public import FirmwareUpdate
import SignedRecords

/// RAUC and a bootloader that counts tries, as far as the updater sees them; apart from the updater's disk, so that a power cut
/// takes from each what it takes.
public final class SimulatedInstaller: SystemInstaller {
    /// A slot of the operating system.
    struct Slot: Equatable {
        /// What stands in it; nil of one that is half written.
        var content: ContentHash?
        var triesLeft = 0
        var isGood = false
    }

    /// How often an installation is looked at before it has ended.
    private static let looks = 2
    /// The tries that a new image gets.
    public static let tries = 3

    /// Does not answer, or answers that it is not there.
    public var fault: SystemInstallerFault?
    /// Does what `install` asks, and its answer is lost.
    public var losesAnswer = false
    /// The result of the next installation; what fails leaves the slot half written, unless it fails behind its activation.
    public var result: Int32 = 0
    /// An installation that fails has made its slot the next one all the same.
    public var failsBehindActivation = false
    /// Counts the starts of a good slot, too, as RAUC's scripts for U-Boot, Barebox and GRUB do; each mark gives it its tries anew.
    public var countsGood = false
    public private(set) var running = "A"
    private(set) var primary = "A"
    private(set) var slots: [String: Slot] = [:]
    private var work: (looks: Int, content: ContentHash?)?
    private var ended: (code: Int32, words: String)?
    private let image: () -> [UInt8]?

    /// - Parameter image: what lies where the installer is told to look; nil where nothing does.
    init(first: ContentHash, image: @escaping () -> [UInt8]?) {
        self.image = image
        slots = ["A": Slot(content: first, triesLeft: Self.tries, isGood: true), "B": Slot()]
    }

    init(_ other: SimulatedInstaller, image: @escaping () -> [UInt8]?) {
        self.image = image
        (running, primary, slots) = (other.running, other.primary, other.slots)
    }

    private var other: String { running == "A" ? "B" : "A" }

    /// What the machine runs from.
    var content: ContentHash? { slots[running]?.content }

    /// The machine starts: the bootloader tries the first slot as often as it may, and then the other one.
    public func boot() {
        (work, ended) = (nil, nil)
        for name in [primary, primary == "A" ? "B" : "A"] {
            guard var slot = slots[name], slot.content != nil else { continue }
            if !slot.isGood || countsGood {
                guard slot.triesLeft > 0 else { continue }
                slot.triesLeft -= 1
                slots[name] = slot
            }
            (running, primary) = (name, name)
            return
        }
    }

    /// The service dies and comes back; what it was about ends half done.
    public func restartService() { (work, ended) = (nil, nil) }

    private func answer() throws(SystemInstallerFault) { if let fault { throw fault } }

    public func bootSlot() throws(SystemInstallerFault) -> String {
        try answer()
        return running
    }

    public func nextSlot() throws(SystemInstallerFault) -> String {
        try answer()
        return primary
    }

    public func install(_ path: String) throws(SystemInstallerFault) {
        try answer()
        guard work == nil else { throw .refused("already processing a different method") }
        ended = nil
        // The slot cannot be started from before its first byte on.
        if primary == other { primary = running }
        slots[other] = Slot()
        work = (Self.looks, image().map { ContentHash(hashing: $0) })
        if losesAnswer { throw .unanswered("no reply") }
    }

    public func installation() throws(SystemInstallerFault) -> SystemInstallation {
        try answer()
        if let work {
            if work.looks > 0 {
                self.work = (work.looks - 1, work.content)
                return .underWay(percent: UInt8(100 - 40 * work.looks), step: "Updating slots")
            }
            finish(work.content)
        }
        if let ended { return .ended(ended.code, lastError: ended.words) }
        return .idle(lastError: "")
    }

    private func finish(_ content: ContentHash?) {
        work = nil
        if result == 0 || failsBehindActivation, let content {
            slots[other] = Slot(content: content, triesLeft: Self.tries, isGood: false)
            primary = other
        }
        ended = result == 0 && content != nil ? (0, "") : (max(result, 1), "Installation error")
    }

    public func mark(_ mark: SystemSlotMark) throws(SystemInstallerFault) {
        try answer()
        switch mark {
        case .good:
            slots[running]?.isGood = true
            slots[running]?.triesLeft = Self.tries
        case .bad:
            slots[running]?.isGood = false
            slots[running]?.triesLeft = 0
            if slots[other]?.content != nil { primary = other }
        case .active: primary = running
        }
    }
}
