import ChargeControl
import Quantities
import Testing

extension ControlOptions {
    /// The least board, changed.
    static func with(_ change: (inout ControlOptions) -> Void) -> ControlOptions {
        var options = ControlOptions()
        change(&options)
        return options
    }
}

/// Scenes that many tests begin with, and questions that they ask.
extension Rig {
    var phase: SessionPhase { output.display.phase }

    /// Whether this fault stands.
    func stands(_ code: FaultCode) -> Bool { output.display.faults.contains(code) }

    /// How often this fault was raised.
    func raised(_ code: FaultCode) -> Int { count { $0 == .faultLatched(code) } }

    /// What cleared this fault, each time.
    func clearings(of code: FaultCode) -> [FaultClearing] {
        intents.compactMap { if case .faultCleared(code, let clearing) = $0 { clearing } else { nil } }
    }

    /// Sessions begun.
    var begins: Int { count { if case .begin = $0 { true } else { false } } }

    /// Plugs in, authorises, and waits until current is offered; the car stays in B.
    mutating func startOffering(_ grant: Authorization = Rig.grant()) throws {
        run(.milliseconds(100))
        car = .b
        run(.milliseconds(100))
        input.authorization = grant
        try #require(run(within: .seconds(10)) { $0.phase == .offering } != nil)
    }

    /// Steps until it is so and requires that it comes.
    mutating func await(
        _ limit: Nanoseconds, _ condition: (Rig) -> Bool, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try #require(run(within: limit, until: condition) != nil, sourceLocation: sourceLocation)
    }

    /// Runs, and looks at every step.
    mutating func run(_ duration: Nanoseconds, watching: (Rig) -> Void) {
        let end = now + duration
        while now < end {
            step()
            watching(self)
        }
    }

    /// A car as cars are: it asks while current is offered, stops drawing at x1 and lets go 100 ms later.
    mutating func live(
        _ duration: Nanoseconds, drawing current: Milliamps = Milliamps(16_000),
        every period: Nanoseconds = .milliseconds(5), watching: (Rig) -> Void = { _ in }
    ) {
        let end = now + duration
        var x1Since: MonotonicInstant?
        while now < end {
            x1Since = isPowered ? nil : x1Since ?? now
            draw = isPowered ? current : .zero
            if isPowered { car = .c } else if let x1Since, now - x1Since >= .milliseconds(100) { car = .b }
            step(after: period)
            watching(self)
        }
    }

    /// A limit from outside, without an expiry.
    mutating func limit(_ source: LimitSource, _ current: Int32?) {
        input.limits[source] = current.map { CurrentLimit(Milliamps($0), because: .configured) }
    }
}
