/// The frames between `SimulatedBoard` and the plant: this file owns their format.
///
/// A Unix SOCK_SEQPACKET socket carries one frame a message. All numbers are little-endian. Unused bytes are 0, an
/// absent value is 0, and whatever is not exactly so is refused, so every value has one encoding.
///
///     all      0  magic "WSB2"   4  kind   5  0   6  length u16
///     outputs  8  sent at, ns i64   16  pilot: 0 x1, 1 PWM, 2 off
///     (32)    17  bits: 0 enable, 1 lock, 2 pilot connected, 3 residual self-test, 4 ventilation, 5 three phases
///             24  high time, ns i64
///     pulse    8  sent at, ns i64
///     (16)
///     sample   8  number u64   16  at, ns i64   24  pilot at, ns i64   32  pilot high, mV i32   36  pilot low, mV i32
///     (88)    40  proximity, Ω i32   44  board temperature, 0.1 °C i32   48  plug temperature, 0.1 °C i32
///             52  56  60  currents, mA i32   64  68  72  voltages, mV i32   76  frequency, mHz i32
///             80  present u16: 0 proximity, 1 board temperature, 2 plug temperature, 3 to 5 currents,
///                 6 to 8 voltages, 9 frequency
///             82  bits u16: 0 inputs valid, 1 pilot valid, 2 emergency stop, 3 residual DC, 4 residual AC,
///                 5 output fault, 6 enclosure open, 7 supply low, 8 fan runs, 9 local reset
///             84  u16 of two bits each, low first: mirror, second mirror, load L1, L2, L3, lock, gate, earth
///                 (0, 1, 2 = unknown)
///
/// The moments are CLOCK_MONOTONIC, which both processes share.
public import Quantities

/// One message between the board driver and the plant.
public enum PlantFrame: Equatable, Sendable {
    /// The driver's outputs and when it sent them.
    case outputs(BoardOutputs, at: MonotonicInstant)
    /// One edge of the gate line.
    case pulse(at: MonotonicInstant)
    /// The board's inputs.
    case sample(BoardSample)

    /// The bytes of the longest frame.
    public static let longest = 88

    static let magic: UInt32 = 0x3242_5357  // "WSB2" read as little-endian
    static let outputsKind: UInt8 = 1
    static let pulseKind: UInt8 = 2
    static let sampleKind: UInt8 = 3
    static let outputsLength = 32
    static let pulseLength = 16
    static let sampleLength = 88
    /// Levels beyond this are no pilot: the generator's supply is ±12 V.
    static let pilotLimit: Int32 = 20_000
}
