/// Energy in thousandths of a watt-hour: the unit of registers, records and money. One kWh is 1 000 000.
@frozen
public struct MilliwattHours: Quantity {
    public let rawValue: Int64

    @inlinable public init(_ rawValue: Int64) { self.rawValue = rawValue }
}
