public import Quantities

/// The latest of everything that a board senses, with the moments at which it was sensed.
///
/// A sample never ages by itself: the reader compares `pilotAt` and `at` with its own clock. What could not be sensed
/// says so, and where a field has no word for that, it has the value that opens the contactor.
public struct BoardSample: Equatable, Sendable, BitwiseCopyable {
    /// Counts the samples of this board from 1; 0 before the first. The same number twice: nothing new came.
    public var number: UInt64 = 0
    /// When the digital inputs were taken.
    public var at = MonotonicInstant(nanoseconds: 0)
    /// `false`: the inputs could not be read.
    public var inputsValid = false
    /// The peak of the pilot's positive half wave at the charger's terminal.
    public var pilotHigh = Millivolts.zero
    /// The peak of its negative half wave; equal to `pilotHigh` where the level is steady.
    public var pilotLow = Millivolts.zero
    /// When the two peaks were taken.
    public var pilotAt = MonotonicInstant(nanoseconds: 0)
    /// `false`: no pilot was read yet, or the converter failed, or the link to the board is lost.
    public var pilotValid = false
    /// The plug's proximity contact; `nil` where there is no sensor or it was not read. An open circuit reads as
    /// `BoardSample.openCircuit`.
    public var proximity: Ohms?
    /// The mirror contact of the contactor that switches L1 and N, and on a board without phase switching all poles.
    public var mirror = ContactState.unknown
    /// The mirror contact of the contactor that switches L2 and L3; `unknown` on a board without phase switching.
    public var secondMirror = ContactState.unknown
    /// The voltage behind the contactor on L1.
    public var loadL1 = SupplyState.unknown
    /// The voltage behind the contactor on L2.
    public var loadL2 = SupplyState.unknown
    /// The voltage behind the contactor on L3.
    public var loadL3 = SupplyState.unknown
    /// The protective conductor.
    public var earth = EarthState.unknown
    /// The enclosure's contact is open, or cannot be read.
    public var enclosureOpen = true
    /// The board's own supply is failing, or that cannot be read.
    public var supplyLow = true
    /// The fan for state D runs. A feedback that cannot be read says that it does not.
    public var fanRuns = false
    /// The reset button at the charger is pressed. A button that cannot be read is not pressed.
    public var localReset = false
    /// The grid operator's relay limits, or its contacts contradict each other or cannot be read. Without meaning on a board
    /// without such an input.
    public var gridIsLimited = true
    /// The emergency stop is pressed, or cannot be read.
    public var emergencyStop = true
    /// The residual-current monitor has tripped on direct current (6 mA), or cannot be read.
    public var residualDC = true
    /// The residual-current monitor has tripped on alternating current (30 mA), or cannot be read.
    public var residualAC = true
    /// The plug lock's feedback contact.
    public var lock = LockState.unknown
    /// The coil gate, read back.
    public var gate = GateState.unknown
    /// The electronics' temperature; `nil` where there is no sensor or it was not read.
    public var boardTemperature: DeciCelsius?
    /// The temperature of the plug's contacts; `nil` where there is no sensor or it was not read.
    public var plugTemperature: DeciCelsius?
    /// The mains voltage from L1 to neutral, in front of the contactor, as the board itself measures it (not the billing
    /// meter); `nil` where it does not.
    public var voltageL1: Millivolts?
    /// From L2 to neutral, as `voltageL1`.
    public var voltageL2: Millivolts?
    /// From L3 to neutral, as `voltageL1`.
    public var voltageL3: Millivolts?
    /// The mains frequency; `nil` where the board does not measure it.
    public var frequency: Millihertz?
    /// The current of phase 1 as the board itself measures it (not the billing meter); `nil` where it does not.
    public var currentL1: Milliamps?
    /// The current of phase 2, as `currentL1`.
    public var currentL2: Milliamps?
    /// The current of phase 3, as `currentL1`.
    public var currentL3: Milliamps?
    /// The last write of an output failed.
    public var outputFault = false

    /// A sample in which nothing is known.
    public init() {}

    /// Before the first sample: nothing is known.
    public static let none = BoardSample()

    /// What an open proximity contact reads as: 1 MΩ.
    public static let openCircuit = Ohms(1_000_000)
}
