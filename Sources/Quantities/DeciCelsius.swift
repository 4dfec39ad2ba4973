/// A temperature in tenths of a degree Celsius.
@frozen
public struct DeciCelsius: Quantity {
    public let rawValue: Int32

    @inlinable public init(_ rawValue: Int32) { self.rawValue = rawValue }
}
