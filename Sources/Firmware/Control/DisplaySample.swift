import ChargeControl

/// What the core shows, with what the contactor's mirror contact says.
struct DisplaySample: BitwiseCopyable, Equatable, Sendable {
    var state: DisplayState
    var isClosed: Bool
    var enabled: Bool
}
