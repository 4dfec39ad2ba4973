import Quantities

/// What became of the newest test of the residual-current monitor that somebody asked for.
struct ResidualTestReport: Equatable, Sendable, BitwiseCopyable {
    enum Stage: UInt8, Sendable, BitwiseCopyable {
        /// None was asked for.
        case none = 0
        /// The core did not begin it.
        case refused = 1
        case running = 2
        case passed = 3
        case failed = 4
        /// The core gave it up: the contactor was not proven open any more.
        case givenUp = 5
    }

    /// The number of the request.
    var number: UInt16 = 0
    var stage = Stage.none
    /// From the test input to the later of the two trips, in whole microseconds; nil where not both have tripped.
    var tripTime: Nanoseconds?
}
