public import ChargeControl

/// What a sequence is steered to: one row of the fault table raised in one phase of a session. Seeds in a row walk over
/// every pair.
public struct Aim: Sendable {
    /// The row whose cause is brought about …
    public let code: FaultCode
    /// … and the phase in which that shall happen.
    public let phase: SessionPhase

    /// The aim of a seed.
    public init(seed: UInt64, codes: [FaultCode], phases: [SessionPhase]) {
        let pair = Int(seed % UInt64(codes.count * phases.count))
        code = codes[pair / phases.count]
        phase = phases[pair % phases.count]
    }

    /// The phase from which the aim's phase is reached.
    var approach: SessionPhase {
        switch phase {
        case .preparing, .beginning: .waiting
        case .waking: .offering
        case .switching, .stopping, .ending: .charging
        case .idle, .waiting, .held, .offering, .charging, .ended: phase
        }
    }

    /// Whether only a bench board that never sees its contactor can come to this: any other, and one that saw it once, is
    /// led back to waiting by the first pole that is not proven open.
    var isBlindBench: Bool { code == .contactorUnobserved && phase == .preparing }

    /// How long the cause must last before the row is raised, in milliseconds: its persistence, and where its condition is
    /// an age itself, that.
    func leadMilliseconds(span: Int64) -> Int64 {
        switch code {
        case .meterSilent: 3_000
        case .meterLost: 10_000
        case .lockFailed, .unlockFailed: 7_000
        case .residualSelfTestFailed: 2_000
        default: span
        }
    }
}
