public import Quantities

/// How a meter leaves the factory, and how patient one has to be with it.
public struct LinkDefaults: Equatable, Sendable {
    /// The serial line; `nil` where no source tells it, and for a meter that has none.
    public let line: SerialLine?
    /// The unit (slave) number, 1 to 247; `nil` where no source tells it.
    public let unit: UInt8?
    /// The most registers of one request.
    public let maximumRegisters: Int
    /// The longest time from the end of a request to the begin of its reply.
    public let turnaround: Nanoseconds
    /// The silence that the meter wants before a request on a serial line.
    public let gap: Nanoseconds
    /// How old a register's value may be; zero where the profile does not state it.
    public let refresh: Nanoseconds
}
