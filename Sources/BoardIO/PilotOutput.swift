public import Quantities

/// What the pilot generator puts out.
public enum PilotOutput: Equatable, Sendable, BitwiseCopyable {
    /// Steady +12 V: no energy is offered (x1).
    case x1
    /// A square wave of 1 kHz that is high this long in each period (x2); 1 to 999 999 ns.
    case pwm(highTime: Nanoseconds)
    /// Steady -12 V: the charger is not available (state F).
    case off

    /// The period of the pilot: 1 kHz, IEC 61851-1 table A.2.
    public static let period = Nanoseconds(1_000_000)

    /// Throws `BoardError.outOfRange` for a high time outside 1 to 999 999 ns.
    func requireRange() throws(BoardError) {
        guard case .pwm(let highTime) = self, highTime <= .zero || highTime >= Self.period else { return }
        throw .outOfRange(
            what: "pilot high time in ns", found: highTime.rawValue, low: 1, high: Self.period.rawValue - 1)
    }
}
