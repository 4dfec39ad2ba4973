/// The trip inputs of one step.
struct TripInputs: Sendable, BitwiseCopyable {
    var emergencyStop = false
    var direct = false
    var alternating = false

    @_noLocks
    init() {}
}
