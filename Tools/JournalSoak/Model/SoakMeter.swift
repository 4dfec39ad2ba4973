import Quantities
import RecordSamples
import SignedRecords

/// The connector's meter: it counts while the contactor is closed, whatever the firmware does.
struct SoakMeter {
    static let start: Int64 = 5_000_000
    private(set) var register = SoakMeter.start
    var isClosed = false

    /// Time passes in which so much could flow.
    mutating func flow(_ milliwattHours: Int64) { if isClosed { register += milliwattHours } }

    var reading: RegisterReading { SampleDevice.reading(register) }

    /// All that was ever delivered.
    var delivered: Int64 { register - SoakMeter.start }
}
