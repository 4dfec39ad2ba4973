/// A price in microunits per kilowatt-hour.
@frozen
public struct PricePerKilowattHour: Quantity {
    public let rawValue: Int64

    @inlinable public init(_ rawValue: Int64) { self.rawValue = rawValue }
}
