import Ledger

/// A ledger's state in memory.
struct SoakState: LedgerState {
    private(set) var values: [StateKey: [UInt8]] = [:]
    /// Those of them that hold money or an open session.
    private(set) var money: [StateKey: [UInt8]] = [:]

    func value(of key: StateKey) -> [UInt8]? { values[key] }

    mutating func apply(_ writes: [StateWrite]) {
        for write in writes {
            values[write.key] = write.value
            if Self.isMoney(write.key) { money[write.key] = write.value }
        }
    }

    private static let words = ["account/", "grant/", "hold/", "allowance/", "reservations/", "open/"].map {
        Array($0.utf8)
    }

    private static func isMoney(_ key: StateKey) -> Bool {
        words.contains { key.bytes.starts(with: $0) }
    }

    /// The same values in a dictionary that grew in another order.
    func shuffled(_ random: inout some RandomNumberGenerator) -> SoakState {
        var other = SoakState()
        for (key, value) in values.shuffled(using: &random) { other.values[key] = value }
        return other
    }
}

/// All signatures that held, as a node remembers them between CheckTx and the block.
final class SoakMemory: SignatureMemory {
    private var known: Set<CheckedSignature> = []

    func contains(_ signature: CheckedSignature) -> Bool { known.contains(signature) }
    func insert(_ signature: CheckedSignature) {
        if known.count > 4_096 { known.removeAll() }
        known.insert(signature)
    }
}
