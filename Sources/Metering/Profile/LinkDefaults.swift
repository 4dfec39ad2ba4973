public import Quantities

/// How a meter leaves the factory, and how patient one has to be with it.
public struct LinkDefaults: Equatable, Sendable {
    public let line: SerialLine
    /// The unit (slave) number, 1 to 247.
    public let unit: UInt8
    /// The most registers of one request.
    public let maximumRegisters: Int
    /// The longest time from the end of a request to the begin of its reply.
    public let turnaround: Nanoseconds
    /// The silence that the meter wants before a request on a serial line.
    public let gap: Nanoseconds
    /// How old a register's value may be; zero where the profile does not state it.
    public let refresh: Nanoseconds
}
