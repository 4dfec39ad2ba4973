internal import Quantities

/// Whether what a meter says of the load agrees with itself and with what the charger knows. Stateless: the live values of one
/// reading, and the condition at its time.
///
/// A refused reading sells nothing. It protects all the same: its currents go to the control core whatever stands here.
struct LoadCheck: Equatable, Sendable {
    let live: LiveValues
    private let power: Milliwatts

    /// Values of one reading lie up to this far apart in time, and a car ramps: so much is let through.
    static let margin: Int64 = 500_000
    /// What flows settles, and a meter's mean follows: only after this is the contactor's or the pilot's new state held
    /// against a meter.
    static let settling = Nanoseconds.seconds(10)
    /// Phase to neutral, the highest that IEC 60038 allows.
    private static let highestVoltage: Int64 = 253_000
    /// From here on a car's power factor is far above a half; some take 6 A with one of 0.07.
    private static let wellLoaded = Milliamps(10_000)
    /// A phase that carries less is not in use.
    private static let unused = Milliamps(1_000)

    /// `nil` where the meter reports no power.
    init?(_ live: LiveValues) {
        guard let power = live.power else { return nil }
        self.live = live
        self.power = power
    }

    /// Why the power cannot be true; `nil` where nothing speaks against it.
    func objection(phases: Int, _ condition: MeterCondition) -> Implausibility? {
        let apparent = apparentPower()
        if let apparent {
            let most = apparent + apparent / 10 + Self.margin
            if Int64(power.rawValue.magnitude) > most { return .powerAboveCurrent(power, atMost: Milliwatts(most)) }
        }
        switch condition.contactor {
        // Behind a supply's meter some of the current may come in while some goes out: nothing is known of its power.
        case .unknown, .absent: return nil
        case .open(let since):
            guard live.at - since >= Self.settling, power.rawValue > Self.margin else { return nil }
            return .powerThroughOpenContactor(power)
        case .closed(let since):
            guard live.at - since >= Self.settling else { return nil }
            if let apparent { return objectionOfCar(apparent) }
            // Where currents are reported, too much of them is for the core to judge: the car may be at fault.
            return objectionOfPromise(condition.promise, phases)
        }
    }

    /// What voltages and currents make; `nil` where not both are reported. At most 3 × 1 kV × 10 kA.
    private func apparentPower() -> Int64? {
        var apparent: Int64?
        for (voltage, current) in zip(live.voltages.all, live.currents.all) {
            guard let current else { continue }
            guard let voltage else { return nil }
            apparent = (apparent ?? 0) + Int64(voltage.rawValue) * Int64(current.rawValue.magnitude) / 1_000
        }
        return apparent
    }

    /// A car that takes 10 A or more of each phase that it uses turns more than half of it into power.
    private func objectionOfCar(_ apparent: Int64) -> Implausibility? {
        let used = live.currents.all.compactMap { $0 }.map {
            Milliamps($0.rawValue < 0 ? 0 - $0.rawValue : $0.rawValue)
        }
        .filter { $0 > Self.unused }
        guard !used.isEmpty, used.allSatisfy({ $0 >= Self.wellLoaded }) else { return nil }
        let least = apparent / 2 - Self.margin
        guard Int64(power.rawValue.magnitude) < least else { return nil }
        return .powerBelowCurrent(power, atLeast: Milliwatts(least))
    }

    private func objectionOfPromise(_ promise: Milliamps, _ phases: Int) -> Implausibility? {
        guard promise > .zero else { return nil }
        let promised = Int64(promise.rawValue) * Self.highestVoltage / 1_000 * Int64(phases)
        let most = promised + promised / 2 + Self.margin
        guard power.rawValue > most else { return nil }
        return .powerAbovePromise(power, atMost: Milliwatts(most))
    }
}
