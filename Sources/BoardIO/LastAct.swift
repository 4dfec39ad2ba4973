import Quantities
import Synchronization

/// The board whose contactor the last act opens, as the address of a reference that is never released: the last act may
/// take no lock.
private let lastActOpener = Atomic<UInt>(0)

/// Makes a broken invariant open this board's contactor before the process traps. The board is kept for the life of the
/// process.
public func setLastAct(openingContactorOf board: any Board) {
    let opener = LastActOpener(board)
    lastActOpener.store(UInt(bitPattern: Unmanaged.passRetained(opener).toOpaque()), ordering: .releasing)
    setLastAct {
        guard let address = UnsafeRawPointer(bitPattern: lastActOpener.load(ordering: .acquiring)) else { return }
        Unmanaged<LastActOpener>.fromOpaque(address)._withUnsafeGuaranteedRef { $0.board.openContactor() }
    }
}

private final class LastActOpener: Sendable {
    let board: any Board

    init(_ board: any Board) { self.board = board }
}
