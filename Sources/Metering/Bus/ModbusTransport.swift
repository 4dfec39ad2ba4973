internal import Quantities

/// What the bus needs of a line: libmodbus, or a script in tests. Used by one thread. Each call blocks for as long as its
/// timeout at most.
protocol ModbusTransport: AnyObject {
    /// Opens the line. Answers the wire's settings where characters really take their time on it: a serial line, and not
    /// TCP or a pseudo-terminal.
    func connect(timeout: Nanoseconds) throws(MeteringError) -> SerialLine?

    /// Reads registers; the answer has exactly as many words as were asked for.
    func read(_ request: RegisterRequest, unit: UInt8, timeout: Nanoseconds) throws(MeteringError) -> [UInt16]

    /// Drops whatever was received and not read.
    func flush() throws(MeteringError)

    /// Closes the line; it may be connected again.
    func close()
}
