import ChargeControl
import Quantities

/// What docs/control-core.md asks of each row of the fault table, written from there and not from the table, so that a row
/// that is changed or loses its effect is found before the first sequence.
struct Clause: Equatable {
    var effect: FaultEffect
    var samples: Int32
    /// Persistence and clear time, in milliseconds.
    var span: Int64
    var latch: FaultLatch
    var clears: Int64
    /// Automatic retries; -1 without limit.
    var retries = 0
    /// From the raising to a retry, and to the next offer, in seconds.
    var delay: Int64 = 0
    var block: Int64 = 0
    var showsF = false

    init(
        _ effect: FaultEffect, _ samples: Int32, _ span: Int64, _ latch: FaultLatch, clears: Int64 = 0,
        retries: Int = 0,
        delay: Int64 = 0, block: Int64 = 0, showsF: Bool = false
    ) {
        self.effect = effect
        self.samples = samples
        self.span = span
        self.latch = latch
        self.clears = clears
        self.retries = latch == .none && retries == 0 ? -1 : retries
        self.delay = delay
        self.block = block
        self.showsF = showsF
    }

    /// A row as the table has it.
    init(_ rule: FaultRule) {
        self.init(
            rule.effect, rule.samples, rule.span.wholeMilliseconds, rule.latch,
            clears: rule.clearAfter.wholeMilliseconds,
            delay: rule.retryDelay.wholeMilliseconds / 1_000, block: rule.restartBlock.wholeMilliseconds / 1_000,
            showsF: rule.signalsF)
        switch rule.retries {
        case .unlimited: retries = -1
        case .limited(let count): retries = Int(count)
        }
    }

    /// The rows whose table entry is not what the clause says.
    static func differing(on configuration: ControlConfiguration) -> FaultCode? {
        for code in FaultCode.allCases {
            guard let clause = clause(of: code, on: configuration) else { continue }
            if Clause(code.row(for: configuration).rule) != clause { return code }
        }
        return nil
    }

    /// The clause of a row; `nil` for a row that is younger than this page.
    private static func clause(of code: FaultCode, on configuration: ControlConfiguration) -> Clause? {
        switch code {
        case .contactorWelded, .contactorNotOpened, .phasesUnbidden: Clause(.open, 5, 300, .technician, showsF: true)
        case .contactorNotClosed, .poleNotClosed:
            Clause(.open, 5, 300, .session, clears: 1_000, retries: 1, delay: 30, block: 30, showsF: true)
        case .contactorUnobserved:
            Clause(
                configuration.benchBoard && configuration.benchAllowed ? .warn : .open, 5, 1_000, .none, clears: 1_000)
        case .contactorFeedbackLost, .temperatureUnknown: Clause(.warn, 5, 1_000, .none, clears: 1_000)
        case .contactorWorn, .residualSelfTestOverdue, .recordsNearlyFull, .meterSilent, .unlockFailed:
            Clause(.warn, 1, 0, .none)
        case .pilotShorted, .pilotInvalid:
            Clause(.open, 5, 20, .session, clears: 1_000, retries: 3, delay: 30, block: 30, showsF: true)
        case .pilotNegative: Clause(.open, 5, 20, .session, clears: 1_000, retries: 3, delay: 30, block: 30)
        case .pilotStale: Clause(.open, 5, 20, .none, clears: 1_000)
        case .diodeMissing: Clause(.open, 5, 500, .session, block: 30, showsF: true)
        case .ventilationMissing: Clause(.open, 5, 20, .none, clears: 3_000)
        case .residualDirect: Clause(.open, 2, 5, .selfTest, showsF: true)
        case .residualSelfTestFailed: Clause(.open, 1, 0, .selfTest)
        case .residualAlternating:
            Clause(.open, 2, 5, .sessionAndReset, clears: 1_000, retries: 3, delay: 300, block: 30, showsF: true)
        default: protection(of: code) ?? device(of: code, on: configuration)
        }
    }

    private static func protection(of code: FaultCode) -> Clause? {
        switch code {
        case .emergencyStop: Clause(.open, 2, 5, .localReset, showsF: true)
        case .earthMissing:
            Clause(.open, 5, 500, .none, clears: 10_000, retries: 6, delay: 300, block: 30, showsF: true)
        case .enclosureOpen: Clause(.open, 5, 500, .none, clears: 10_000, block: 30)
        case .overcurrentHardware: Clause(.open, 5, 200, .none, clears: 60_000, showsF: true)
        case .overcurrent: Clause(.stop, 5, 7_000, .session, clears: 1_000, retries: 3, delay: 30, block: 30)
        case .overvoltage: Clause(.open, 5, 1_000, .none, clears: 60_000)
        case .undervoltageDeep: Clause(.open, 5, 200, .none, clears: 60_000)
        case .undervoltage: Clause(.open, 5, 3_000, .none, clears: 60_000)
        case .voltageUnknown: Clause(.stop, 5, 10_000, .none, clears: 1_000)
        case .overTemperature, .plugOverTemperature: Clause(.stop, 5, 1_000, .none, clears: 1_000)
        default: nil
        }
    }

    private static func device(of code: FaultCode, on configuration: ControlConfiguration) -> Clause? {
        switch code {
        case .proximityFault: Clause(.stop, 5, 500, .none, clears: 1_000)
        case .cableChanged: Clause(.stop, 5, 20, .session)
        case .lockFailed, .meterDistrusted: Clause(.stop, 1, 0, .session)
        case .lockLost: Clause(.stop, 5, 75, .session, clears: 1_000, retries: 3, delay: 30, block: 30)
        case .gateLost: Clause(.open, 5, 250, .none, clears: 1_000)
        case .brownOut: Clause(.open, 2, 5, .none, clears: 3_000)
        case .loopStalled:
            Clause(.open, 1, 0, .none, clears: 1_000, retries: configuration.simulatedBoard ? -1 : 3)
        case .loopLate: Clause(.warn, 1, 0, .none, clears: 1_000)
        case .meterLost, .recordsFailed: Clause(.stop, 1, 0, .none, clears: 1_000)
        default: nil
        }
    }
}
