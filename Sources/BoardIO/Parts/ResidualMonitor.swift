/// The residual-current monitor (IEC 62955), which opens the coil by itself; the software only sees that it did.
public protocol ResidualMonitor: AnyObject, Sendable {
    /// Tripped on smooth direct current; `nil` where it could not be read.
    func trippedOnDirectCurrent() -> Bool?
    /// Tripped on alternating current; `nil` where it could not be read.
    func trippedOnAlternatingCurrent() -> Bool?
    /// Drives the test input. Answers whether it was written.
    func write(selfTest: Bool) -> Bool
}
