public import ChargeControl

/// All that a controller is before its first step: with this a recording from the start replays on any build and any
/// architecture.
public struct ControllerBeginning: Sendable, BitwiseCopyable {
    /// What stays the same.
    public let configuration: ControlConfiguration
    /// The faults that stood before the start, by their rows.
    public let latched: FaultSet
    /// Those of them that were raised since the machine was powered up: the program alone started again.
    public let sincePowerUp: FaultSet
    /// The contactor's life before the start.
    public let wear: ContactorWear

    /// A controller of this configuration that goes on from these faults and this wear.
    public init(
        _ configuration: ControlConfiguration, latched: FaultSet = FaultSet(), sincePowerUp: FaultSet = FaultSet(),
        wear: ContactorWear = .init()
    ) {
        self.configuration = configuration
        self.latched = latched
        self.sincePowerUp = sincePowerUp
        self.wear = wear
    }

    /// The same, with the faults by their codes.
    public init(
        _ configuration: ControlConfiguration, latched codes: [FaultCode], sincePowerUp recent: [FaultCode] = [],
        wear: ContactorWear = .init()
    ) {
        self.init(configuration, latched: Self.set(of: codes), sincePowerUp: Self.set(of: recent), wear: wear)
    }

    private static func set(of codes: [FaultCode]) -> FaultSet {
        var bits: UInt64 = 0
        for code in codes { bits |= 1 << UInt64(unsafeBitCast(code, to: UInt8.self)) }
        return FaultSet(bits: bits)
    }

    /// The controller before its first step.
    public func controller() -> ChargeController {
        var controller = ChargeController(configuration)
        let rows = FaultCode.allCases
        for row in rows.indices where latched.contains(row: row) {
            controller.restore(rows[row], afterPowerCycle: !sincePowerUp.contains(row: row))
        }
        controller.restore(wear)
        return controller
    }
}
