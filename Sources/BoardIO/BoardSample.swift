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
    /// The contactor's auxiliary contact.
    public var contactorAuxiliary = ContactState.unknown
    /// The voltage behind the contactor.
    public var loadVoltage = SupplyState.unknown
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
    /// The board's temperature; `nil` where there is no sensor or it was not read.
    public var temperature: DeciCelsius?
    /// The current of phase 1 as the board itself measures it (not the billing meter); `nil` where it does not.
    public var currentL1: Milliamps?
    /// The current of phase 2, as `currentL1`.
    public var currentL2: Milliamps?
    /// The current of phase 3, as `currentL1`.
    public var currentL3: Milliamps?
    /// The last write of the enable, the gate, the pilot or the lock failed.
    public var outputFault = false

    /// A sample in which nothing is known.
    public init() {}

    /// Before the first sample: nothing is known.
    public static let none = BoardSample()

    /// What an open proximity contact reads as: 1 MΩ.
    public static let openCircuit = Ohms(1_000_000)
}
