/// A frequency in thousandths of a hertz: the mains (50 000), the pilot (1 000 000).
@frozen
public struct Millihertz: Quantity {
    public let rawValue: Int32

    @inlinable public init(_ rawValue: Int32) { self.rawValue = rawValue }
}
