import ChargeControl
import Firmware
import Metering
import Quantities

/// What happens to the charger: in each round of 20 s a car comes, is sold energy, pauses, meets a fault and leaves; each
/// round has a fault of its own.
final class CheckScene {
    /// Periods of a round.
    static let round = 4_000
    /// What the cores asked to record.
    struct Tally {
        var begins = 0, ticks = 0, pauses = 0, resumes = 0, ends = 0, raised = 0, cleared = 0
        /// Periods after which the mains meter left more, or less, than before.
        var mainsRises = 0, mainsFalls = 0
    }

    private let probe: ControlLoopProbe
    private let boards: [CheckBoard]
    private let evidence = RegisterEvidence(functionCode: 3, address: 0, words: [1, 2])
    private var now = MonotonicInstant(nanoseconds: 1_000_000_000)
    private var period = 0
    private var register = MilliwattHours(5_000_000)
    private(set) var tally = Tally()
    private var leftByMains = Milliamps.zero

    init() throws {
        boards = [CheckBoard(), CheckBoard()]
        let configuration = try ControlConfiguration(
            maximumCurrent: Milliamps(32_000), phases: 3, cable: .tethered(rating: Milliamps(32_000)),
            meterPollPeriod: .seconds(1), energyFactor: 100, simulatedBoard: true)
        probe = try ControlLoopProbe(
            boards: boards, configuration: configuration, supply: Milliamps(40_000), gridFailSafe: Milliamps(10_000),
            fuse: Milliamps(50_000), startedAt: now)
    }

    /// How many flight recordings the loop asked for.
    var recordings: Int { probe.recordingsAsked }

    /// So many periods, one after another.
    func run(_ periods: Int) {
        for _ in 0..<periods { step() }
    }

    private func step() {
        let moment = period % Self.round
        let round = period / Self.round
        var lateness = Nanoseconds.zero
        if moment == 2_200, round % 5 == 3 { lateness = .milliseconds(90) }
        now = now + .milliseconds(5) + lateness
        for index in boards.indices {
            play(boards[index], index, at: moment, in: round)
            boards[index].advance(to: now)
        }
        if period % 200 == 0, !(round % 5 == 4 && (2_200..<2_900).contains(moment)) { readMeters() }
        if period % 200 == 50 { readMains(at: moment, in: round) }
        if period % 1_000 == 0 {
            _ = probe.limitGrid(Milliamps(moment < 2_000 ? 40_000 : 24_000), validity: .seconds(10))
        }
        probe.period(at: now, lateness: lateness, utc: 1_764_000_000 + Int64(period / 200))
        for index in boards.indices { takeOrders(index) }
        noteMains()
        period += 1
    }

    private func play(_ board: CheckBoard, _ index: Int, at moment: Int, in round: Int) {
        switch moment {
        case 200: board.car = .b
        case 260:
            _ = probe.offer(
                Authorization(
                    slot: UInt32(round * 2 + index + 1), energyLimit: MilliwattHours(50_000_000),
                    energyLimitCause: .grant,
                    currentLimit: nil, deadline: nil), to: index)
        case 700, 1_400: board.car = .c
        case 1_200: board.car = .b
        case 2_200:
            switch round % 5 {
            case 0: board.emergencyStop = true
            case 1: board.residual = true
            case 2: board.car = .invalid
            default: break  // a stall, and a silent meter
            }
        case 2_900:
            board.emergencyStop = false
            board.residual = false
            board.car = .a
            _ = probe.offer(nil, to: index)
        case 3_200: board.localReset = true
        case 3_220: board.localReset = false
        default: break
        }
    }

    private func readMeters() {
        for index in boards.indices {
            if boards[index].isClosed { register += MilliwattHours(300_000) }
            let current: Milliamps? = boards[index].isClosed ? Milliamps(15_000) : Milliamps(0)
            let volts: Millivolts? = Millivolts(230_000)
            _ = probe.read(
                EnergyReading(
                    number: UInt64(period / 200 + 1), generation: 1, rollovers: 0, at: now, elapsed: .milliseconds(20),
                    import: register, export: nil, power: nil, voltages: PerPhase(l1: volts, l2: volts, l3: volts),
                    currents: PerPhase(l1: current, l2: current, l3: current), frequency: Millihertz(50_000),
                    evidence: evidence, confirmation: evidence), of: index)
        }
    }

    /// A house that takes more in the middle of each round; every fifth round the meter lies, or falls silent.
    private func readMains(at moment: Int, in round: Int) {
        if round % 5 == 2, moment > 3_000 { return }
        if round % 5 == 3, moment == 2_650 { _ = probe.distrustMains(at: now) }
        var flows: Milliamps? = Milliamps((1_600..<2_400).contains(moment) ? 28_000 : 9_000)
        for board in boards where board.isClosed { flows = flows.map { $0 + Milliamps(15_000) } }
        let reading = EnergyReading(
            number: UInt64(period / 200 + 1), generation: 1, rollovers: 0, at: now, elapsed: .milliseconds(20),
            import: register, export: nil, power: nil, voltages: PerPhase(),
            currents: PerPhase(l1: flows, l2: flows, l3: flows), frequency: nil, evidence: evidence,
            confirmation: evidence)
        _ = probe.readMains(reading, isDoubtful: moment % 1_000 == 250)
    }

    private func noteMains() {
        let left = probe.leftByMains
        if left > leftByMains { tally.mainsRises += 1 }
        if left < leftByMains { tally.mainsFalls += 1 }
        leftByMains = left
    }

    private func takeOrders(_ index: Int) {
        while probe.takeDisplay(of: index) != nil {}
        while let intent = probe.takeIntent(of: index) {
            switch intent {
            case .begin(let mark):
                tally.begins += 1
                _ = probe.beginIsDurable(session: mark.session, of: index)
            case .tick: tally.ticks += 1
            case .pause: tally.pauses += 1
            case .resume: tally.resumes += 1
            case .end: tally.ends += 1
            case .faultLatched: tally.raised += 1
            case .faultCleared: tally.cleared += 1
            case .wear, .residualSelfTest: break
            }
        }
    }
}
