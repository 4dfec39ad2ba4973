public import Quantities

/// What a board is and how it is wired: a file of `Board/profiles`, read strictly.
///
/// A board that lacks a hardware coil gate, a hardware pilot, or a hardware residual-current path must say `bench =
/// true`.
public struct BoardProfile: Equatable, Sendable {
    /// The name of the profile, 1 to 32 bytes.
    public let id: String
    /// The product that genesis names, 1 to 64 bytes.
    public let product: String
    public let kind: BoardKind
    /// For the bench: no contactor closes without `--bench`, no grant is taken, and genesis and every receipt say so.
    public let bench: Bool
    /// The lines, converters and PWM are simulated chips of an emulated kernel (`Tools/board-emulator`). Such a board's
    /// clock follows another machine's load, so a stalled loop closes again without limit, as on the simulated board;
    /// `GPIOBoard` refuses to drive any other chip by such a profile.
    public let isEmulated: Bool
    /// The phases that the contactor switches: 1 or 3.
    public let phases: Int
    /// What the board's copper and contactor carry per phase: 6 to 80 A.
    public let ratedCurrent: Milliamps
    public let cable: CableKind
    public let pilotSensing: PilotSensing
    /// The pilot comes from a hardware or kernel PWM, not from a program that toggles a line.
    public let hasHardwarePilot: Bool
    /// The board can take the pilot off the plug.
    public let hasPilotRelay: Bool
    /// The grid operator's relay is wired to the board.
    public var hasGridRelay: Bool { wiring?.lines[.gridRelease] != nil }
    /// A retriggerable one-shot is ANDed with the enable in hardware.
    public let hasCoilGate: Bool
    /// How long that one-shot holds: 100 to 200 ms.
    public let coilGateHold: Nanoseconds
    /// The residual-current monitor opens the coil in hardware.
    public let hasResidualPath: Bool
    /// The residual-current monitor has a test input.
    public let hasResidualTest: Bool
    /// A fan that state D can count on, with a feedback that says that it runs.
    public let hasVentilation: Bool
    /// The outlet has a plug lock.
    public let hasPlugLock: Bool
    /// L2 and L3 have a contactor of their own, and a relay that decides whether it closes along.
    public let hasPhaseSwitching: Bool
    /// The board has both feedbacks of every pole: the mirror contact and the voltage behind it.
    public let hasBothFeedbacks: Bool
    /// The coil gate can be read back.
    public let hasGateReadback: Bool
    /// The board watches the protective conductor.
    public let watchesEarth: Bool
    /// The board itself measures the mains voltage.
    public let watchesVoltage: Bool
    /// The electronics have a temperature sensor.
    public let hasBoardTemperature: Bool
    /// The plug's contacts have one.
    public let hasPlugTemperature: Bool
    /// For kind `gpio`.
    public let wiring: GPIOWiring?
    /// The file's bytes, for the profile's hash.
    public let fileBytes: [UInt8]
}
