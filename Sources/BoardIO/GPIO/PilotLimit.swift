import Quantities

/// What a pilot can be at all.
enum PilotLimit {
    /// The generator's supply is ±12 V; a level beyond this is a broken detector or a wrong calibration, not a pilot.
    static let level = Millivolts(15_500)
    /// A sample older than this says nothing about the present; the control core judges so, too.
    static let age = Nanoseconds.milliseconds(15)
}
