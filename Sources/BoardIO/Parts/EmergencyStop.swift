/// The emergency stop's monitoring contact; the stop itself is in series with the coil.
public protocol EmergencyStop: AnyObject, Sendable {
    /// Pressed; `nil` where it could not be read.
    func isPressed() -> Bool?
}
