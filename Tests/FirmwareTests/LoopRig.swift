import BoardIO
import ChargeControl
import FlightRecorder
import Foundation
import Metering
import Quantities
import SimulatorBoard
import Synchronization

@testable import Firmware
@testable import Simulator

/// A plant in virtual time, as a board in process.
final class VirtualBoard: Board {
    let profile: BoardProfile
    private let measuresCurrents: Bool
    private let state: Mutex<(plant: Plant, sample: UInt64)>
    /// What the grid operator's relay says, on a board that has one.
    let gridIsLimited = Atomic<Bool>(true)
    /// What its thread read before it hung: no newer sample comes while there is one. The control thread's outputs go through.
    private let hung = Mutex<BoardSample?>(nil)
    private let lamps = Atomic<UInt8>(Indication.off.rawValue)
    /// What its lamps say.
    var indication: Indication? { Indication(rawValue: lamps.load(ordering: .relaxed)) }

    init(at now: MonotonicInstant, measuresCurrents: Bool = true, meter model: MeterModel = .sdm630) throws {
        self.measuresCurrents = measuresCurrents
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        profile = try BoardProfile.load(path: root.appendingPathComponent("Board/profiles/simulated.toml").path)
        let meter = EnergyMeter(model: model, serial: 7, energy: MilliwattHours(1_000_000))
        state = Mutex((Plant(at: now, meter: meter, step: ControlThread.period), 0))
    }

    /// The plant, to look at or to change.
    func plant<Answer: Sendable>(_ body: (inout Plant) -> Answer) -> Answer { state.withLock { body(&$0.plant) } }

    func start() throws(BoardError) {}
    /// Lets its thread hang within a read of the contacts, or go on; with a fresh pilot as from a board that reads that last.
    func hang(_ isHanging: Bool) {
        let last = sample()
        hung.withLock { $0 = isHanging ? last : nil }
    }

    func sample() -> BoardSample {
        if let sample = hung.withLock({ $0 }) { return sample }
        return state.withLock { state in
            state.sample += 1
            var sample = state.plant.boardSample(number: state.sample)
            sample.gridIsLimited = gridIsLimited.load(ordering: .relaxed)
            if !measuresCurrents {
                sample.currentL1 = nil
                sample.currentL2 = nil
                sample.currentL3 = nil
            }
            return sample
        }
    }
    func apply(_ outputs: BoardOutputs) {
        lamps.store(outputs.indication.rawValue, ordering: .relaxed)
        plant { $0.drive(outputs.drive) }
    }
    func pulseGate() { plant { $0.pulseGate() } }
    func openContactor() { apply(.safe) }
    func report() -> BoardReport { invariantBroken("the loop asks for no report") }
    func stop() {}
}

/// The control loop over plants in virtual time; the rig plays the meters and the record thread. One `step` is a period.
final class LoopRig {
    static let pollPeriod = Nanoseconds.milliseconds(500)

    let boards: [VirtualBoard]
    let queues: [ControlQueues]
    let requests = HandoverQueue<ControlRequest>(capacity: 8)
    let rings: [FlightRing]
    private let asked = AskCount()
    private var loop: ControlLoop
    /// What the mains meter tells; nobody listens where there is none.
    let feed = MainsFeed()
    private let mains: MainsSite?
    /// What others take from L1, L2 and L3 of the mains, in mA.
    var house: [Int32] = [0, 0, 0]
    var mainsMeterAnswers = true
    /// Mains readings that have arrived.
    private(set) var mainsReadings: UInt64 = 0
    private var mainsPolledAt: MonotonicInstant?
    private var mainsReading: EnergyReading?
    private(set) var now = MonotonicInstant(nanoseconds: 1_000_000_000)
    /// The meters answer.
    var metersAnswer = true
    /// The record thread takes orders and makes them durable.
    var recordsRun = true
    /// Seconds since 1970.
    var utc: Int64?
    private var readings: [UInt64]
    private var polledAt: MonotonicInstant?
    /// What each connector wants recorded, as far as the record thread has taken it.
    private(set) var intents: [[RecordIntent]]
    /// All that was handed to the record thread.
    private(set) var orders: [[RecordOrder]]
    private(set) var displays: [DisplayState?]

    init(
        connectors: Int, supply: Milliamps? = nil, gridFailSafe: Milliamps? = nil, gridRelay: Milliamps? = nil,
        mains: MainsSite? = nil,
        limits: ConnectorLimits = ConnectorLimits(), restored: RestoredState = RestoredState(),
        charging: FirmwareConfiguration.Charging = .init(), boardsMeasureCurrents: Bool = true
    ) throws {
        let boards = try (0..<connectors).map { [now] _ in
            try VirtualBoard(at: now, measuresCurrents: boardsMeasureCurrents)
        }
        let profile = boards[0].profile
        let configuration = try ControlConfiguration(
            maximumCurrent: profile.ratedCurrent, phases: UInt8(profile.phases),
            cable: .tethered(rating: profile.ratedCurrent), meterPollPeriod: Self.pollPeriod, simulatedBoard: true,
            options: ControlOptions(profile, charging, seed: 1))
        let beginning = ControllerBeginning(
            configuration, latched: restored.latched, wear: restored.wear ?? ContactorWear())
        let queues = boards.map { _ in ControlQueues() }
        let rings = (1...connectors).map { number in
            FlightRing(
                header: FlightHeader(
                    connector: UInt8(number), firmware: VersionText("test".utf8), beginning: beginning), segments: 3)
        }
        let asked = asked
        let setups = boards.indices.map { index in
            ConnectorLoop.Setup(
                number: UInt32(index + 1), ring: rings[index], askForRecording: { asked.add() }, board: boards[index],
                queues: queues[index], limits: limits, registerRefresh: .zero)
        }
        self.boards = boards
        self.queues = queues
        self.rings = rings
        self.mains = mains
        loop = ControlLoop(
            connectors: setups, supply: supply, gridFailSafe: gridFailSafe, gridRelay: gridRelay,
            mains: mains?.makeGuard(feed),
            requests: requests, bell: try WakeUp(),
            startedAt: now)
        readings = [UInt64](repeating: 0, count: connectors)
        intents = [[RecordIntent]](repeating: [], count: connectors)
        orders = [[RecordOrder]](repeating: [], count: connectors)
        displays = [DisplayState?](repeating: nil, count: connectors)
        polledAt = nil
    }

    /// How often the loop asked for a recording.
    var recordingsAsked: Int { asked.count }

    /// The grant that each connector is offered from now on.
    func authorize(_ connector: Int, slot: UInt32 = 1) {
        let grant = Authorization(
            slot: slot, energyLimit: MilliwattHours(50_000_000), energyLimitCause: .grant, currentLimit: nil,
            deadline: nil)
        _ = queues[connector].commands.offer(.authorization(grant))
    }

    /// What the pilot offers.
    func offered(_ connector: Int) -> Milliamps { displays[connector]?.offered ?? .zero }

    /// What flows in the phase that carries most.
    func current(_ connector: Int) -> Milliamps { boards[connector].plant { $0.currents.greatest } }

    func phase(_ connector: Int) -> SessionPhase? { displays[connector]?.phase }

    /// Runs for so long in virtual time; stops before where something holds, and answers whether it does.
    @discardableResult
    func run(_ duration: Nanoseconds, until holds: (LoopRig) -> Bool = { _ in false }) -> Bool {
        let end = now + duration
        while now < end {
            step()
            if holds(self) { return true }
        }
        return false
    }

    /// One period.
    func step() {
        now = now + ControlThread.period
        for board in boards { board.plant { [now] in $0.advance(to: now) } }
        pollMeters()
        if let mains { pollMains(mains) }
        if recordsRun { for queues in queues { queues.recordTurn.beat(at: now) } }
        _ = loop.period(ControlPeriod(now: now, utc: utc))
        for connector in boards.indices {
            if recordsRun { serveRecords(connector) }
            while let display = queues[connector].displays.take() { displays[connector] = display.state }
        }
    }

    /// What flows in L1, L2 and L3 of the mains, in mA.
    func mainsCurrents() -> [Int32] {
        var flows = house
        for connector in boards.indices {
            let currents = boards[connector].plant { $0.currents }.list
            let order = mains?.orders[connector] ?? .l1l2l3
            for phase in 0..<order.count { flows[order.place(of: phase)] += currents[phase].rawValue }
        }
        return flows
    }

    /// A reading is of the moment in which it is asked for, and arrives later.
    private func pollMains(_ mains: MainsSite) {
        if let reading = mainsReading, now - reading.at >= mains.latency - reading.elapsed {
            mainsReading = nil
            mainsReadings += 1
            _ = feed.news.offer(.reading(reading))
        }
        if let mainsPolledAt, now - mainsPolledAt < mains.pollInterval { return }
        mainsPolledAt = now
        guard mainsMeterAnswers else { return }
        let flows = mainsCurrents().map { Milliamps($0) }
        let evidence = RegisterEvidence(functionCode: 4, address: 72, words: [1, 2])
        let none = PerPhase<Millivolts>()
        mainsReading = EnergyReading(
            number: mainsReadings + 1, generation: 1, rollovers: 0, at: now + .milliseconds(20),
            elapsed: .milliseconds(20), import: MilliwattHours(1), export: nil, power: nil, voltages: none,
            currents: PerPhase(l1: flows[0], l2: flows[1], l3: flows[2]), frequency: nil, evidence: evidence,
            confirmation: evidence)
    }

    private func pollMeters() {
        if let polledAt, now - polledAt < Self.pollPeriod { return }
        polledAt = now
        guard metersAnswer else { return }
        for connector in boards.indices {
            readings[connector] += 1
            let face = boards[connector].plant { $0.meter.face }
            let evidence = RegisterEvidence(functionCode: 4, address: 72, words: [1, 2])
            let (volts, amps) = (face.voltages, face.currents)
            let reading = EnergyReading(
                number: readings[connector], generation: 1, rollovers: 0, at: now, elapsed: .milliseconds(20),
                import: face.energy, export: nil, power: face.power,
                voltages: PerPhase(l1: volts.first, l2: volts.second, l3: volts.third),
                currents: PerPhase(l1: amps.first, l2: amps.second, l3: amps.third), frequency: face.frequency,
                evidence: evidence, confirmation: evidence)
            _ = queues[connector].meter.offer(.reading(reading))
        }
    }

    private func serveRecords(_ connector: Int) {
        while let order = queues[connector].orders.take() {
            orders[connector].append(order)
            guard case .intent(let intent, _, _) = order else { continue }
            intents[connector].append(intent)
            if case .begin(let mark) = intent {
                _ = queues[connector].commands.offer(.beginDurable(session: mark.session))
            }
        }
    }
}

/// A grid connection with a meter of its own, in front of the rig's connectors.
struct MainsSite {
    var fuse: Milliamps
    var failSafe: Milliamps
    /// One for each connector.
    var orders: [PhaseOrder]
    var pollInterval = Nanoseconds.seconds(1)
    /// From the moment that a reading is of to its arrival.
    var latency = Nanoseconds.milliseconds(150)

    init(fuse: Int32, failSafe: Int32, orders: [PhaseOrder]) {
        self.fuse = Milliamps(fuse)
        self.failSafe = Milliamps(failSafe)
        self.orders = orders
    }

    func makeGuard(_ feed: MainsFeed) -> MainsGuard {
        MainsGuard(
            fuse: fuse, failSafe: failSafe, orders: orders, pollInterval: pollInterval, refresh: .zero, feed: feed)
    }
}

/// Counts what the control thread asks for.
private final class AskCount: Sendable {
    private let asked = Atomic<Int>(0)

    func add() { asked.add(1, ordering: .relaxed) }

    var count: Int { asked.load(ordering: .relaxed) }
}
