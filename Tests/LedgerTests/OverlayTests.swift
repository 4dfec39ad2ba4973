import SignedRecords
import Testing

@testable import Ledger

@Suite("Marks in an overlay")
struct OverlayTests {
    private let other = StateKey.account(AccountID(exactly: [UInt8](repeating: 1, count: 32)))
    private let new = StateKey.account(AccountID(exactly: [UInt8](repeating: 2, count: 32)))

    /// Red where the order of undoing, an absent key, or one that the overlay removed is lost.
    @Test("reverting takes back what was written since the mark, and no more")
    func revert() throws {
        var base = MemoryState()
        base.values = [.parameters: [1], other: [1]]
        var overlay = StateOverlay(over: base)
        overlay.write(.parameters, [2])
        overlay.write(other, nil)
        let before = overlay.writes
        overlay.mark()
        overlay.write(.parameters, [3])
        overlay.write(.parameters, [4])
        overlay.write(.parameters, nil)
        overlay.write(other, [5])
        overlay.write([StateWrite(key: new, value: [6])])
        overlay.revert()
        #expect(overlay.writes == before)
        #expect(try overlay.value(of: other) == nil && overlay.value(of: new) == nil)
        // What was taken back is not taken back again, and a later mark forgets the earlier one.
        overlay.write(new, [7])
        overlay.mark()
        overlay.write(new, [8])
        overlay.revert()
        #expect(overlay.writes == [before[0], StateWrite(key: new, value: [7]), before[1]])
        overlay.mark()
        overlay.revert()
        #expect(try overlay.value(of: new) == [7])
    }
}
