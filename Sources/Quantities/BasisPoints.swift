/// A share in hundredths of a percent: 0 to 10 000.
@frozen
public struct BasisPoints: Quantity {
    public let rawValue: Int32

    @inlinable public init(_ rawValue: Int32) { self.rawValue = rawValue }
}
