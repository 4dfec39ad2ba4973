public import Quantities

// Where money can be, all of it: whatever moves it keeps the sum, which a node checks after every block.

extension StateWrite {
    /// The money that a value of this key holds: an account's balance, or what is in escrow with a grant, a voucher's hold, an
    /// allowance, reservations.
    ///
    /// Throws `LedgerError.corruptState` for a value that does not decode.
    public static func holdings(of key: StateKey, _ value: [UInt8]?) throws(LedgerError) -> Microunits {
        guard let value else { return .zero }
        // The word before the first slash tells the values that hold money from the many that do not.
        guard let slash = key.bytes.firstIndex(of: UInt8(ascii: "/")) else { return .zero }
        do throws(LedgerError) {
            switch String(decoding: key.bytes[..<slash], as: UTF8.self) {
            case "account": return try Account(decoding: value).balance
            case "grant", "hold": return try Grant(decoding: value).remainder
            case "allowance": return try Allowance(decoding: value).amount
            case "reservations": return try Reservations(decoding: value).deposits
            default: return .zero
            }
        } catch {
            throw .corruptState(key: key.text, reason: "\(error)")
        }
    }

    /// What a block's writes make or lose, over the state before them: zero, or something is broken.
    ///
    /// Throws `LedgerError.stateUnavailable`, or `.corruptState` for a value that does not decode.
    public static func moneyMade(
        by writes: [StateWrite], over state: some LedgerState
    ) throws(LedgerError) -> Microunits {
        var made = Microunits.zero
        for write in writes {
            let after = try holdings(of: write.key, write.value)
            let before = try holdings(of: write.key, try state.value(of: write.key))
            made += after - before
        }
        return made
    }
}
