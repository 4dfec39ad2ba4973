/// An electric current in thousandths of an ampere; negative where it flows back to the mains.
@frozen
public struct Milliamps: Quantity {
    public let rawValue: Int32

    @inlinable public init(_ rawValue: Int32) { self.rawValue = rawValue }
}
