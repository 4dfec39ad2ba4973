import ChargeControl
import Metering
import Quantities

/// The last accepted readings of one meter by number, for the records that rest on them; and what it measured last, believed
/// or not, for what the board does not measure itself.
struct ReadingWindow {
    private(set) var newest: EnergyReading?
    private var live: LiveValues?
    private var recent = InlineArray<8, EnergyReading?>(repeating: nil)
    private static let remembered: UInt64 = 8
    /// A meter's voltages say nothing of the mains once they are older than this.
    private static let voltageValidity = Nanoseconds.seconds(1)

    mutating func take(_ reading: EnergyReading) {
        newest = reading
        live = reading.live
        recent[Int(reading.number % Self.remembered)] = reading
    }

    /// Takes what a meter measures now, whose energy is in doubt.
    mutating func take(_ values: LiveValues) { live = values }

    /// The reading that an intent's mark names.
    func reading(of intent: RecordIntent) -> EnergyReading? {
        let mark: SessionMark
        switch intent {
        case .begin(let stated), .resume(let stated): mark = stated
        case .tick(let stated, _, _), .pause(let stated, _): mark = stated
        case .end(let stated, _, _, _, _): mark = stated
        case .faultLatched, .faultCleared, .wear, .residualSelfTest: return nil
        }
        guard let reading = recent[Int(mark.sample.number % Self.remembered)] else { return nil }
        return reading.number == mark.sample.number ? reading : nil
    }

    /// The currents that the meter measured last while they are younger than `validity`.
    func currents(at now: MonotonicInstant, validity: Nanoseconds) -> PhaseCurrents {
        guard let live, now - live.at <= validity else {
            return PhaseCurrents(first: nil, second: nil, third: nil)
        }
        return PhaseCurrents(first: live.currents.l1, second: live.currents.l2, third: live.currents.l3)
    }

    /// The mains as the meter measured it last.
    func mains(at now: MonotonicInstant) -> MainsVoltages {
        guard let live, now - live.at <= Self.voltageValidity else { return .unknown }
        return MainsVoltages(
            first: live.voltages.l1, second: live.voltages.l2, third: live.voltages.l3, frequency: live.frequency)
    }
}
