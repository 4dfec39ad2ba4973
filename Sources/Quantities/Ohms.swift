/// An electric resistance in ohms: the plug's proximity contact.
@frozen
public struct Ohms: Quantity {
    public let rawValue: Int32

    @inlinable public init(_ rawValue: Int32) { self.rawValue = rawValue }
}
