/// The frames between `SimulatedBoard` and the plant: this file owns their format.
///
/// A Unix SOCK_SEQPACKET socket carries one frame a message. All numbers are little-endian. Unused bytes are 0, an
/// absent value is 0, and whatever is not exactly so is refused, so every value has one encoding.
///
///     all      0  magic "WSB1"   4  kind   5  0   6  length u16
///     outputs  8  sent at, ns i64   16  pilot: 0 x1, 1 PWM, 2 off
///     (32)    17  bits: 0 enable, 1 lock, 2 pilot connected, 3 residual self-test   24  high time, ns i64
///     pulse    8  sent at, ns i64
///     (16)
///     sample   8  number u64   16  at, ns i64   24  pilot at, ns i64   32  pilot high, mV i32   36  pilot low, mV i32
///     (64)    40  proximity, Ω i32   44  temperature, 0.1 °C i32   48  52  56  currents, mA i32
///             60  present: 0 proximity, 1 temperature, 2 to 4 currents
///             61  bits: 0 inputs valid, 1 pilot valid, 2 emergency stop, 3 residual DC, 4 residual AC, 5 output fault
///             62  two bits each, low first: auxiliary contact, load voltage, lock, gate (0, 1, 2 = unknown)
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
    public static let longest = 64

    static let magic: UInt32 = 0x3142_5357  // "WSB1" read as little-endian
    static let outputsKind: UInt8 = 1
    static let pulseKind: UInt8 = 2
    static let sampleKind: UInt8 = 3
    static let outputsLength = 32
    static let pulseLength = 16
    static let sampleLength = 64
    /// Levels beyond this are no pilot: the generator's supply is ±12 V.
    static let pilotLimit: Int32 = 20_000
}
