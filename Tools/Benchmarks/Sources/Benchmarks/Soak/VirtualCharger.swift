import BoardIO
import ChargeControl
import ChargerSamples
import DeviceKeys
import FlightRecorder
import Logging
import Metering
import PlatformLink
import Quantities
import SignedRecords

@testable import Firmware
@testable import Journal

/// A charger in virtual time, from its board to its journal: a connector's shipped control loop with its flight recorder, the
/// shipped record desk with a real key and a real journal. One thread runs all of it; what is recorded is durable before the next
/// period.
final class VirtualCharger {
    /// Full after two days of a busy connector, as a journal of the usual length is after months: from then on it prunes.
    private static let journal = JournalConfiguration(segmentBytes: 1 << 20, maximumSegments: 4)
    /// How many times the meter counts what flows, so that minutes make kilowatt-hours.
    private static let energyFactor: UInt32 = 20

    let board: PlantBoard
    let desk: RecordDesk
    var meter = PlantMeter()
    private(set) var book = SoakBook()
    private(set) var judge: SoakJudge
    private(set) var shown: DisplayState?
    /// A session's begin is on record, and its end is not.
    private(set) var hasSession = false
    private(set) var steps = 0
    /// The poles are welded or stuck: what they do says nothing about the charger.
    var arePolesFree = true

    let clock: VirtualClock
    private let loop: ConnectorLoop
    private let queues: ControlQueues
    /// What the desk tells the control loop, by its own clock.
    private let told: HandoverQueue<ControlCommand>
    private let bornWith: MilliwattHours
    private var recordedAt: MonotonicInstant?

    init(_ folder: String, _ conditions: Benchmark.Conditions, clock: VirtualClock, seed: UInt64) throws {
        self.clock = clock
        let now = clock.now
        let profile = try BoardProfile.load(path: "\(conditions.repository)/Board/profiles/simulated.toml")
        let control = try ControlConfiguration(
            maximumCurrent: profile.ratedCurrent, phases: UInt8(profile.phases),
            cable: .tethered(rating: profile.ratedCurrent), meterPollPeriod: PlantMeter.period,
            energyFactor: Self.energyFactor, simulatedBoard: true,
            options: ControlOptions(profile, .init(), seed: seed))
        bornWith = MilliwattHours(1_234_567_890)
        let board = PlantBoard(profile, register: bornWith, energyFactor: Self.energyFactor, at: now)
        let queues = ControlQueues()
        let told = HandoverQueue<ControlCommand>(capacity: 64)
        let ring = FlightRing(
            header: FlightHeader(
                connector: 1, firmware: VersionText(FirmwareVersion.text.utf8),
                beginning: ControllerBeginning(control)))
        loop = ConnectorLoop(
            ConnectorLoop.Setup(
                number: 1, ring: ring, askForRecording: {}, board: board, queues: queues, limits: ConnectorLimits(),
                registerRefresh: .zero), startedAt: now)
        (self.board, self.queues, self.told) = (board, queues, told)
        judge = SoakJudge(control)
        desk = try Self.desk(folder, control, clock, told: told, wishes: queues.load)
        shown = nil
        recordedAt = nil
        try desk.start(keysAreNew: true)
    }

    private static func desk(
        _ folder: String, _ control: ControlConfiguration, _ clock: VirtualClock,
        told: HandoverQueue<ControlCommand>, wishes: MeterConditionCell
    ) throws -> RecordDesk {
        let keys = try RecordSigner(vault: try FileVault(directory: SoakFolder.keys(folder)))
        let identity = DeviceIdentity(
            device: keys.publicKeys.deviceID, ledger: try LedgerChainID(LedgerProcess.chainID),
            owner: SampleCharger.account(of: try LedgerProcess.owner()), product: "Wattseal", serial: "soak",
            board: "simulated",
            boardProfileHash: ContentHash(hashing: [1]), firmwareDigest: ContentHash(hashing: [2]), bench: false,
            energyFactor: energyFactor,
            connectors: [
                ConnectorIdentity(
                    chain: LedgerProcess.connector, meterProfileHash: ContentHash(hashing: [3]),
                    maximumPower: Milliwatts(22_080_000), control: control, meterResolution: MilliwattHours(1))
            ])
        let receipts = OCMFStore(directory: SoakFolder.receipts(folder))
        try receipts.prepare()
        let boot = BootIdentity(boot: BootID(exactly: [UInt8](repeating: 9, count: 16)), count: 1)
        return RecordDesk(
            journal: try Journal(directory: SoakFolder.journal(folder), configuration: journal), keys: keys,
            ocmf: receipts,
            clock: RecordClock(
                boot: boot,
                read: {
                    ClockReading(
                        utc: clock.utcMilliseconds, sinceBoot: clock.now.nanoseconds / 1_000_000,
                        kernel: .disciplined(maximumError: 1_000))
                }), identity: identity, status: StatusBoard(connectors: 1), commands: [told],
            meterWishes: [wishes], logger: Logger(label: "soak") { _ in SwiftLogNoOpLogHandler() }, published: {})
    }

    /// The connector's desk.
    var connector: ConnectorDesk { desk.connectors[0] }

    /// What somebody outside asks of the control loop.
    func ask(_ request: ControlRequest) { loop.take(request) }

    /// Whether somebody could plug in and be sold to.
    var hasOffer: Bool { connector.offered != nil }

    /// What flowed and is in no session, mWh: after a session's last reading, and where the meter was not believed.
    var outside: Int64 { board.truth().register.rawValue - bornWith.rawValue - book.register }

    /// Segments of the journal that were full, acknowledged and given up.
    var segmentsGivenUp: UInt64 { desk.journal.segments.first.map { $0.number - 1 } ?? 0 }

    /// One period.
    ///
    /// - Parameters:
    ///   - late: how much later than planned it begins.
    ///   - isSaid: whether the loop knows.
    func step(late: Nanoseconds = .zero, isSaid: Bool = true) throws {
        let now = clock.now + ControlThread.period + late
        clock.move(to: now)
        board.advance(to: now)
        if steps % 20 == 0 {
            queues.recordTurn.beat(at: now)
            readMeter(at: now)
        }
        let answer = loop.period(ControlPeriod(now: now, lateness: isSaid ? late : .zero))
        // What is no record of the core's own waits for the record thread's next turn.
        if answer.hasOrders || steps % 20 == 0 { takeOrders(at: now) }
        while let display = queues.displays.take() {
            shown = display.state
            judge.judge(display.state, isWanted: display.enabled, at: now)
        }
        if steps % 200 == 0 { try rest(at: now) }
        judge.judge(board.truth(), hasSession: hasSession, areFree: arePolesFree, at: now)
        steps += 1
    }

    private func readMeter(at now: MonotonicInstant) {
        guard meter.isDue(at: now) else { return }
        meter.poll(board.plant, wishes: queues.load, at: now) { event in
            if case .reading(let reading) = event {
                book.note(reading: reading.number, register: board.truth().register)
            }
            _ = queues.meter.offer(MeterNews(event, at: now))
            connector.handle(event)
        }
    }

    /// The record thread's part: what came from the loop since its last turn, in one group.
    private func takeOrders(at now: MonotonicInstant) {
        guard let first = queues.orders.take() else { return }
        desk.grouping {
            var next: RecordOrder? = first
            while let order = next {
                take(order)
                next = queues.orders.take()
            }
        }
        recordedAt = now
        passOn(at: now)
    }

    private func take(_ order: RecordOrder) {
        let before = hasSession
        connector.handle(order)
        hasSession = connector.sale != nil
        guard case .intent(let intent, _, _) = order else { return }
        switch intent {
        case .begin(let mark) where hasSession && !before: book.begin(mark)
        case .end(let mark, _, _, _, _) where before && !hasSession: book.end(mark)
        default: break
        }
    }

    /// What the record thread does while nothing else is to be done.
    private func rest(at now: MonotonicInstant) throws {
        desk.rest()
        // By the desk's own clock a virtual second is over at once.
        if let recordedAt, now - recordedAt >= .seconds(1) {
            try desk.journal.anchor()
            self.recordedAt = nil
        }
        passOn(at: now)
        if let bar = desk.bar ?? connector.bar { throw BenchmarkFailed("nothing is sold any more: \(bar)") }
        guard loop.lostOrders == 0 else { throw BenchmarkFailed("\(loop.lostOrders) orders were lost") }
    }

    /// Hands on what the desk tells the loop. The desk goes by the machine's clock, the loop by the virtual one: a deadline is as
    /// far ahead on the one as on the other.
    func passOn(at now: MonotonicInstant) {
        while let command = told.take() {
            var command = command
            if case .authorization(var authorization) = command {
                authorization.deadline = authorization.deadline.map { now + ($0 - SystemClock.now()) }
                command = .authorization(authorization)
            }
            _ = queues.commands.offer(command)
        }
    }

    /// Brings the book up to what the journal holds.
    func readRecords() throws { try book.read(desk.journal) }
}
