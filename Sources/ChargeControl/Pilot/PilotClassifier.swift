public import Quantities

/// Turns the positive half wave's voltage into a level, with hysteresis.
///
/// The edges lie at 13.5 / 10.5 / 7.5 / 4.5 / 1.5 / -1.0 / -10.5 / -13.5 V. A level is left only 0.3 V beyond its edge,
/// and the four edges between the car's levels stay with that inside the gaps in which the standard allows either
/// neighbour (10 to 11, 7 to 8, 4 to 5, 1 to 2 V). What lies outside every window is `invalid`.
public struct PilotClassifier: Sendable, BitwiseCopyable {
    /// How far beyond an edge the voltage must go before the level changes.
    public static var hysteresis: Millivolts { @_noLocks get { Millivolts(300) } }

    /// The number of edges above the present voltage, once a voltage was seen; it names the band.
    private var band: Int32

    /// A classifier that has seen nothing; its first voltage is judged by the bare edges.
    @_noLocks
    public init() { band = -1 }

    /// Judges one voltage.
    @_noLocks
    public mutating func classify(_ voltage: Millivolts) -> PilotLevel {
        var next: Int32 = 0
        while next < 8, voltage < edge(next, seenFrom: band) { next += 1 }
        band = next
        return level(of: next)
    }

    /// The edge number `index`, counted from the top, moved away from the band in which the voltage was.
    @_noLocks
    private func edge(_ index: Int32, seenFrom band: Int32) -> Millivolts {
        let edge =
            switch index {
            case 0: Millivolts(13_500)
            case 1: Millivolts(10_500)
            case 2: Millivolts(7_500)
            case 3: Millivolts(4_500)
            case 4: Millivolts(1_500)
            case 5: Millivolts(-1_000)
            case 6: Millivolts(-10_500)
            default: Millivolts(-13_500)
            }
        if band < 0 { return edge }
        // From above the edge the voltage must fall to it less the hysteresis; one more millivolt makes `<` mean "at".
        if band <= index { return edge - Self.hysteresis + Millivolts(1) }
        return edge + Self.hysteresis
    }

    @_noLocks
    private func level(of band: Int32) -> PilotLevel {
        switch band {
        case 1: .a
        case 2: .b
        case 3: .c
        case 4: .d
        case 5: .e
        case 7: .f
        default: .invalid
        }
    }
}
