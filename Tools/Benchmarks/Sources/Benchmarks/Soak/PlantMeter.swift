import Metering
import Quantities
import Simulator

/// The meter of a plant as its bus would tell of it, in virtual time: a reading a second, an identification where the charger
/// asks for one, and silence or refusals where that is wanted. The bus itself, its line and its checks are not in it.
struct PlantMeter {
    static let period = Nanoseconds.seconds(1)
    /// From the request to the reply.
    private static let elapsed = Nanoseconds.milliseconds(40)
    /// Polls without an answer after which the bus says that the meter is lost.
    private static let pollsUntilLost = 3
    /// Refused polls in a row after which the meter itself is doubted.
    private static let pollsUntilDistrust = 3
    private static let identity = Metering.MeterIdentity(
        vendor: "Eastron", model: "SDM630", serial: "7", profileID: "eastron-sdm630", trust: .vendorDocument)

    /// Nothing answers before that moment.
    var silentUntil = MonotonicInstant(nanoseconds: 0)
    /// What answers before that moment is refused.
    var refusedUntil = MonotonicInstant(nanoseconds: 0)
    private var dueAt = MonotonicInstant(nanoseconds: 0)
    private var identified: MonotonicInstant?
    private var number: UInt64 = 0
    private var generation: UInt32 = 1
    private var origin = CounterOrigin.meter
    private var missed = 0
    private var refusals = 0
    private var totalRefused: UInt64 = 0

    init() { identified = nil }

    /// Whether it is time to ask the meter.
    func isDue(at now: MonotonicInstant) -> Bool { now >= dueAt }

    /// Asks the meter, and tells what comes of it.
    mutating func poll(
        _ plant: borrowing Plant, wishes: MeterConditionCell, at now: MonotonicInstant, tell: (MeterEvent) -> Void
    ) {
        dueAt = max(dueAt + Self.period, now)
        guard now >= silentUntil else {
            missed += 1
            if missed == Self.pollsUntilLost {
                identified = nil
                tell(.lost(.timeout(after: .milliseconds(300))))
            }
            return
        }
        missed = 0
        if wishes.takeWishForNewBase() {
            (generation, origin) = (generation + 1, .request)
            identified = nil
        }
        identify(wanted: wishes.identityWanted, at: now, tell)
        let live = Self.live(plant, at: now)
        guard now >= refusedUntil else {
            refuse(live, tell)
            return
        }
        refusals = 0
        number += 1
        tell(.reading(reading(plant, live)))
    }

    private mutating func identify(
        wanted: MonotonicInstant?, at now: MonotonicInstant, _ tell: (MeterEvent) -> Void
    ) {
        if let identified, wanted.map({ identified >= $0 }) ?? true { return }
        identified = now
        tell(.identified(Self.identity, generation: generation))
    }

    private mutating func refuse(_ live: LiveValues, _ tell: (MeterEvent) -> Void) {
        refusals += 1
        totalRefused += 1
        tell(.live(live))
        let reason = Implausibility.jumped(
            by: MilliwattHours(1_000_000_000), atMost: MilliwattHours(1_000_000), over: Self.period)
        tell(
            .refused(
                ReadingRefusal(
                    reason: .implausible(reason), evidence: nil, confirmation: nil, total: totalRefused,
                    isDistrust: refusals >= Self.pollsUntilDistrust)))
    }

    private static func live(_ plant: borrowing Plant, at now: MonotonicInstant) -> LiveValues {
        let (volts, amps) = (plant.mains.measured, plant.currents)
        return LiveValues(
            at: now, power: plant.power, voltages: PerPhase(l1: volts.first, l2: volts.second, l3: volts.third),
            currents: PerPhase(l1: amps.first, l2: amps.second, l3: amps.third), frequency: plant.mains.frequency)
    }

    private func reading(_ plant: borrowing Plant, _ live: LiveValues) -> EnergyReading {
        let register = plant.meter.energy.total
        let bits = UInt32(truncatingIfNeeded: register.rawValue)
        let words = [UInt16(bits >> 16), UInt16(truncatingIfNeeded: bits)]
        return EnergyReading(
            number: number, generation: generation, origin: origin, rollovers: 0, identified: identified, at: live.at,
            elapsed: Self.elapsed, import: register, export: nil, power: live.power, voltages: live.voltages,
            currents: live.currents, frequency: live.frequency,
            evidence: Metering.RegisterEvidence(functionCode: 4, address: 0x48, words: words),
            confirmation: Metering.RegisterEvidence(functionCode: 4, address: 0x46, words: [0, 0] + words))
    }
}
