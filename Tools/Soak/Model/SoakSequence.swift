public import ChargeControl
import Quantities

/// One random sequence of a seed: a charger, a car, a user and everything that goes wrong, for at least 120 s of virtual
/// time, judged in every step.
public struct SoakSequence: Sendable {
    /// Where a sequence broke.
    public struct Failure: Error, Sendable {
        public let seed: UInt64
        public let step: Int
        public let breach: Breach
        /// The row, where the breach is one's.
        public let code: FaultCode?
    }

    /// 120 s in steps of 5 ms.
    public static let steps = 24_000
    /// One sequence in so many is ten times as long, for what takes minutes.
    public static let longOneIn: UInt64 = 101

    private let seed: UInt64
    private let steps: Int
    private var world: World
    private var oracle: Oracle
    private var controller: ChargeController

    /// The sequence of a seed.
    ///
    /// - Throws: never for a seed; the configuration's checks are the core's own.
    public init(seed: UInt64) throws(ChargeControlError) {
        self.seed = seed
        steps = seed % Self.longOneIn == 0 ? Self.steps * 10 : Self.steps
        var random = SoakRandom(seed: seed)
        let aim = Aim(seed: seed, codes: FaultCode.allCases, phases: SessionPhase.allCases)
        let charger = try Charger(aim: aim, random: &random)
        world = World(charger: charger, aim: aim, seed: seed, random: random)
        oracle = Oracle(charger.configuration)
        controller = ChargeController(charger.configuration)
    }

    /// Runs it to its end.
    ///
    /// - Parameter trace: is handed a line for each step in which something changed.
    /// - Throws: the first broken invariant.
    public mutating func run(
        into coverage: inout Coverage, trace: ((String) -> Void)? = nil
    ) throws(Failure) {
        if let code = Clause.differing(on: world.charger.configuration) {
            throw Failure(seed: seed, step: 0, breach: .clauseDiffers, code: code)
        }
        let count = steps == Self.steps ? 8 + Int(seed % 13) : 60
        let slot = steps / (count + 1)
        var next = slot / 2
        var left = count
        var old = TraceLine()
        for step in 0..<steps {
            let isTrouble = left > 0 && step >= next
            if isTrouble {
                left -= 1
                next = (count - left) * slot + world.random.below(slot)
            }
            world.advance(trouble: isTrouble)
            if world.truth.isRestart {
                controller = world.remade()
                oracle.restart(latched: world.firmware.latched, wear: world.firmware.wear)
                coverage.restarts += 1
            }
            let output = controller.step(world.input, at: MonotonicInstant(nanoseconds: world.now))
            let phase = oracle.phase
            oracle.judge(world.input, world.truth, output, at: world.now)
            if oracle.raisedNow != 0 { coverage.note(raised: oracle.raisedNow, in: phase) }
            world.take(output)
            if let trace {
                let line = TraceLine(world, output)
                if line != old || oracle.breach != nil || world.newest != nil {
                    trace(line.text(step: step, now: world.now, trouble: world.newest))
                }
                old = line
            }
            if let breach = oracle.breach {
                throw Failure(
                    seed: seed, step: step, breach: breach,
                    code: oracle.breachRow >= 0 ? FaultCode.at(oracle.breachRow) : nil)
            }
        }
        coverage.steps += steps
        coverage.sequences += 1
        coverage.closings += oracle.session.closings
        coverage.testClosings += oracle.service.closings
        coverage.sessions += oracle.session.sessions
        coverage.ends += oracle.session.ended
        for kind in 0..<4 { coverage.troubles[kind] += world.troubles[kind] }
    }
}
