/// The fan for state D.
public protocol Ventilation: AnyObject, Sendable {
    /// Wants the fan to run. Answers whether it was written.
    func write(ventilation: Bool) -> Bool
    /// Its feedback; `false` where there is none or it cannot be read.
    func fanRuns() -> Bool
}
