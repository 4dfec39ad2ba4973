import ChargeControl
import Quantities

/// What one connector takes from its own phases, as far as it knows it.
struct ConnectorDraw: BitwiseCopyable, Sendable {
    /// On L1 to L3 of the connector.
    var range = DrawRange()
    /// How long a change of the current can go unseen.
    var delay = Nanoseconds.zero

    /// Nothing: before the first period.
    init() {}

    /// What is taken in a period.
    ///
    /// With the contactor told to open nothing is certain: what still flows is others' load to whoever guards the supply.
    /// Without a current that can be believed nothing is certain either, and it may be as much as the pilot has promised.
    ///
    /// - Parameters:
    ///   - isMeasuredByBoard: the board measured the input's currents; if not, the meter did.
    ///   - meterDelay: how long a change can go unseen by the meter.
    init(_ input: ControlInput, _ output: ControlOutput, isMeasuredByBoard: Bool, meterDelay: Nanoseconds) {
        guard output.contactorEnable else { return }
        delay = isMeasuredByBoard ? .zero : meterDelay
        let isBelieved = isMeasuredByBoard || input.meter == .ok
        let currents = input.currents
        take(isBelieved ? currents.first : nil, output, phase: 0)
        take(isBelieved ? currents.second : nil, output, phase: 1)
        take(isBelieved ? currents.third : nil, output, phase: 2)
    }

    /// A current that flows back takes nothing.
    private mutating func take(_ current: Milliamps?, _ output: ControlOutput, phase: Int) {
        range.least[phase] = min(max(current ?? .zero, .zero), DrawRange.beyondUse)
        range.most[phase] = min(max(current ?? output.demand.inUse, .zero), DrawRange.beyondUse)
    }
}
