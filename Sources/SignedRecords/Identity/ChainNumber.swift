/// The number of a record chain on its device: 0 is the device's own, 1 and up are its connectors'.
public struct ChainNumber: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The device's own chain: genesis, keys, firmware, clock, configuration.
    public static let device = ChainNumber(rawValue: 0)

    /// The chain of the connector with this number (1 and up).
    public static func connector(_ number: UInt32) -> ChainNumber { ChainNumber(rawValue: number) }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    public var description: String { String(rawValue) }
}
