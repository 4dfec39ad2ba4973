public import ChargeControl

/// All that a controller is before its first step: with this a recording from the start replays on any build and any
/// architecture.
public struct ControllerBeginning: Sendable, BitwiseCopyable {
    /// What stays the same.
    public let configuration: ControlConfiguration
    /// The faults that stood before the start, by their rows.
    public let latched: FaultSet
    /// The contactor's life before the start.
    public let wear: ContactorWear

    /// A controller of this configuration that goes on from these faults and this wear.
    public init(_ configuration: ControlConfiguration, latched: FaultSet = FaultSet(), wear: ContactorWear = .init()) {
        self.configuration = configuration
        self.latched = latched
        self.wear = wear
    }

    /// The same, with the faults by their codes.
    public init(_ configuration: ControlConfiguration, latched codes: [FaultCode], wear: ContactorWear = .init()) {
        var bits: UInt64 = 0
        for code in codes { bits |= 1 << UInt64(unsafeBitCast(code, to: UInt8.self)) }
        self.init(configuration, latched: FaultSet(bits: bits), wear: wear)
    }

    /// The controller before its first step.
    public func controller() -> ChargeController {
        var controller = ChargeController(configuration)
        let rows = FaultCode.allCases
        for row in rows.indices where latched.contains(row: row) { controller.restore(rows[row]) }
        controller.restore(wear)
        return controller
    }
}
