/// Platform configuration registers of the SHA-256 bank, 0 to 23, at least one.
struct PCRSet: Hashable, Sendable {
    /// Bit n stands for PCR n.
    let mask: UInt32

    init?(mask: UInt32) {
        guard mask != 0, mask < 1 << 24 else { return nil }
        self.mask = mask
    }

    /// Nil for none, for a number outside 0 to 23, and for one that stands twice.
    init?(_ indices: [Int]) {
        var mask: UInt32 = 0
        for index in indices {
            guard (0..<24).contains(index), mask & 1 << index == 0 else { return nil }
            mask |= 1 << index
        }
        self.init(mask: mask)
    }

    /// Rising.
    var indices: [Int] { (0..<24).filter { mask & 1 << $0 != 0 } }

    /// TPML_PCR_SELECTION as it enters a policy's digest: one bank, SHA-256, three bytes.
    var encoded: [UInt8] {
        [0, 0, 0, 1, 0x00, 0x0B, 3] + [0, 8, 16].map { UInt8(truncatingIfNeeded: mask >> UInt32($0)) }
    }
}
