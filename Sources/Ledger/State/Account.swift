public import Quantities
public import SignedRecords

/// What an account holds, and the number of its next transaction.
public struct Account: StateValue {
    public static let noun = "account"

    /// Never negative.
    public var balance: Microunits
    /// The only nonce that its next transaction may have; from 0.
    public var nextNonce: UInt64

    /// An account that never held money nor sent anything: what an absent key stands for.
    public static let untouched = Account(balance: .zero, nextNonce: 0)

    /// An account from its places.
    public init(balance: Microunits, nextNonce: UInt64) {
        self.balance = balance
        self.nextNonce = nextNonce
    }

    public var items: [CBOR] { [.integer(balance.rawValue), .unsigned(nextNonce)] }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        balance = try values.quantity("balance", as: Microunits.self)
        nextNonce = try values.unsigned("next nonce")
    }
}
