import ControlSoak
import Quantities

/// What one driver does at a charger.
struct Visit {
    /// What he sets aside, in kilowatt-hours.
    let budget: Int64
    /// How long he stays.
    let stay: Nanoseconds
    /// Lines of the plant's script that make his car.
    let car: [String]
    /// What goes wrong, when after his coming, and for how long.
    let trouble: (kind: SoakTrouble, after: Nanoseconds, lasts: Nanoseconds)?

    /// The next visit of a seed's random numbers.
    init(_ random: inout SoakRandom) {
        func between(_ least: Int64, _ most: Int64) -> Int64 { least + Int64(random.below(Int(most - least) + 1)) }
        stay = .milliseconds(between(120_000, 215_000))
        // One in six has bought less than he would take.
        budget = random.below(6) == 0 ? 3 : 20
        let isSinglePhase = random.below(5) == 0
        let current = isSinglePhase ? between(16_000, 32_000) : between(8_000, 32_000)
        // One in four pulls the plug while his car still draws.
        let wish = random.below(4) == 0 ? "off" : "\(between(2, 6)).\(between(100, 999))"
        car = [
            "current \(current)", "phases \(isSinglePhase ? 1 : 3)", "s2-delay \(between(50, 3_000))",
            "ramp \(between(4_000, 40_000))", "obey \(random.below(20) == 0 ? "off" : "on")",
            "ventilation \(random.below(20) == 0 ? "on" : "off")", "simplified \(random.below(20) == 0 ? "on" : "off")",
            "sleep \(random.below(25) == 0 ? "e" : "off")", "want on", "stop-after-kwh \(wish)", "plug",
        ]
        guard random.below(3) == 0 else {
            trouble = nil
            return
        }
        let kind = SoakTrouble.allCases[random.below(SoakTrouble.allCases.count)]
        let after = Nanoseconds.milliseconds(between(1_000, 100_000))
        trouble = (kind, after, .milliseconds(between(kind.span.lowerBound, kind.span.upperBound)))
    }
}
