import CardReader
public import Crypto
import SignedRecords

/// A card as a driver has it.
public struct SimulatedCard: Sendable {
    /// What its memory holds: a voucher, or nothing.
    public var voucher: [UInt8]?
    /// The key that it signs with; nil for a card without one.
    public var key: Curve25519.Signing.PrivateKey?
    /// The number of a card that has nothing else.
    public var identifier: [UInt8]
    /// What it answers in place of a signature: an answer that someone recorded elsewhere.
    public var replayed: [UInt8]?
    /// What it may sign: an account's card must look at the amount; a bearer's need not.
    public var signs: Set<String> = ["B", "V"]

    /// A card with these parts.
    public init(
        voucher: [UInt8]? = nil, key: Curve25519.Signing.PrivateKey? = nil, identifier: [UInt8] = [1, 2, 3, 4],
        replayed: [UInt8]? = nil
    ) {
        self.voucher = voucher
        self.key = key
        self.identifier = identifier
        self.replayed = replayed
    }

    var kind: ReaderLine.Kind {
        if let voucher { return .voucher(length: voucher.count) }
        if let key { return .key(Array(key.publicKey.rawRepresentation)) }
        return .identifier(identifier)
    }

    func sign(_ purpose: ChargerLine.Purpose, _ statement: [UInt8]) -> [UInt8]? {
        if let replayed { return replayed }
        guard let key, signs.contains(purpose.rawValue) else { return nil }
        return (try? key.signature(for: statement)).map { Array($0) }
    }
}
