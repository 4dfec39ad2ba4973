import Quantities

/// How much energy may still flow between the reading that reaches the limit and the open contactor: the greatest power
/// over the 6 s that the car has to stop and one poll of the meter (docs/control-core.md, "The end of a session").
enum EnergyMargin {
    /// The margin in milliwatt-hours as the registers count them; `nil` where it does not fit.
    static func margin(
        maximumPower: Milliwatts, pollPeriod: Nanoseconds, energyFactor: UInt32
    ) -> MilliwattHours? {
        guard let duration = Nanoseconds.seconds(6).addingIfFits(pollPeriod),
            let energy = maximumPower.energyIfFits(over: duration),
            // Rounded up: a margin is never too small.
            let upper = energy.addingIfFits(MilliwattHours(1))
        else { return nil }
        return upper.multipliedIfFits(by: Int64(energyFactor))
    }
}
