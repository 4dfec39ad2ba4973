/// Money in millionths of the ledger's unit of account.
@frozen
public struct Microunits: Quantity {
    public let rawValue: Int64

    @inlinable public init(_ rawValue: Int64) { self.rawValue = rawValue }
}
