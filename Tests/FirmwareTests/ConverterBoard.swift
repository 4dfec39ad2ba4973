import BoardIO
import Quantities
import Synchronization

/// A board whose converters are not quite what its profile says: it answers each look with a new reading of the voltage at its
/// terminal.
final class ConverterBoard: Board {
    struct State {
        var terminal: [ConverterRole: Int64] = [:]
        /// What a converter makes of its terminal: microvolts a count, and millivolts at 0 counts.
        var truth = ConverterScale(microvoltsPerCount: 7_400, offset: Millivolts(-15_090))
        var number: UInt64 = 0
        var isSilent = false
        /// Counts that the next readings are off by, in turn.
        var noise: [Int64] = [0]
        /// Done with each reading.
        var onReading: (@Sendable (UInt64) -> Void)?
    }

    let profile: BoardProfile
    let state = Mutex(State())

    init(_ profile: BoardProfile, pilot: Int64 = 12_000) {
        self.profile = profile
        state.withLock { $0.terminal = [.pilotHigh: pilot, .pilotLow: pilot] }
    }

    func converterReading(_ role: ConverterRole) -> ConverterReading? {
        guard profile.wiring?.channel(role) != nil else { return nil }
        let (reading, hook) = state.withLock { state in
            if !state.isSilent { state.number += 1 }
            let above = (state.terminal[role] ?? 0) - Int64(state.truth.offset.rawValue)
            let count = (above * 1_000 + state.truth.microvoltsPerCount / 2) / state.truth.microvoltsPerCount
            let noise = state.noise[Int(state.number % UInt64(state.noise.count))]
            return (ConverterReading(number: state.number, count: count + noise), state.onReading)
        }
        hook?(reading.number)
        return reading
    }

    func start() throws(BoardError) {}
    func sample() -> BoardSample { .none }
    func apply(_ outputs: BoardOutputs) {}
    func pulseGate() {}
    func openContactor() {}
    func report() -> BoardReport { BoardReport() }
    func stop() {}
}
