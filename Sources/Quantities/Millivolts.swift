/// An electric potential in thousandths of a volt: a pilot level (-15 000 to 15 000) or a mains voltage.
@frozen
public struct Millivolts: Quantity {
    public let rawValue: Int32

    @inlinable public init(_ rawValue: Int32) { self.rawValue = rawValue }
}
