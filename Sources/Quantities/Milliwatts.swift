/// Active power in thousandths of a watt; positive towards the car.
@frozen
public struct Milliwatts: Quantity {
    public let rawValue: Int64

    @inlinable public init(_ rawValue: Int64) { self.rawValue = rawValue }
}
