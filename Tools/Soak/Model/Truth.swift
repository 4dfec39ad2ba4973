import ChargeControl
import Quantities

/// What really was put into a step, in the world's own words: the oracle judges by this and never by what the core made
/// of it.
struct Truth: Sendable {
    /// The level that this step's sample shows; `nil` where there is no sample younger than 15 ms.
    var level: PilotLevel?
    /// This step's sample was not seen before.
    var isNewSample = true
    /// When it was measured.
    var sampledAt: Int64 = 0
    /// The negative half wave of the sample is at -12 V.
    var isLowGood = true
    /// How many nanoseconds after its planned time the step began, by the clock and by what the loop says, whichever is
    /// more.
    var lateness: Int64 = 0
    /// The controller was made anew before this step.
    var isRestart = false
    /// A pole really is closed.
    var isClosed = false
    /// The feedbacks tell the truth.
    var isFeedbackHonest = true
    /// What the cable in the socket carries, in milliamperes; 0 for no cable, -1 for one of no known rating, `nil` where it
    /// is not measured.
    var cable: Int32?
}
