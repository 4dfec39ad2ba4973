import Quantities
import Synchronization

/// The boards whose contactors the last act opens, as the address of a reference that is never released: the last act may
/// take no lock.
private let lastActOpener = Atomic<UInt>(0)

/// Makes a broken invariant open these boards' contactors before the process traps. The boards are kept for the life of
/// the process.
public func setLastAct(openingContactorsOf boards: [any Board]) {
    let opener = LastActOpener(boards)
    lastActOpener.store(UInt(bitPattern: Unmanaged.passRetained(opener).toOpaque()), ordering: .releasing)
    setLastAct {
        guard let address = UnsafeRawPointer(bitPattern: lastActOpener.load(ordering: .acquiring)) else { return }
        Unmanaged<LastActOpener>.fromOpaque(address)._withUnsafeGuaranteedRef { $0.open() }
    }
}

private final class LastActOpener: Sendable {
    private let boards: [any Board]

    init(_ boards: [any Board]) { self.boards = boards }

    func open() { for board in boards { board.openContactor() } }
}
