import BoardIO
import ChargeControl
import FlightRecorder
import Foundation
import Journal
import Quantities
import SignedRecords

@testable import Firmware
@testable import Metering
@testable import PlatformLink
@testable import Simulator

/// All that a sale goes through, in virtual time: a plant with its meter, the bus with a shipped profile, the control loop,
/// the record desk over a real journal with a real key.
final class SaleRig {
    let board: VirtualBoard
    let records: DeskRig
    let line: PlantMeterLine
    private let queues = ControlQueues()
    private var loop: ControlLoop
    private var bus: BusDriver
    private(set) var now = MonotonicInstant(nanoseconds: 1_000_000_000)
    private(set) var refusals: [ReadingRefusal] = []
    private(set) var readings: [EnergyReading] = []
    private(set) var display: DisplayState?
    /// Ticks that the core asked for.
    private(set) var ticks = 0
    /// The reading that the last session began on.
    private(set) var beganOn: EnergyReading?
    private let truthAtStart: Int64
    /// The record thread hangs on its disk: it takes no order and comes round no more.
    var isDiskHanging = false

    /// - Parameter rollover: Where the profile says that the register wraps, mWh.
    init(meter model: MeterModel, rollover: Int64? = nil) throws {
        board = try VirtualBoard(at: now, meter: model)
        truthAtStart = board.plant { $0.trueImport.total.rawValue }
        records = try DeskRig(control: [queues])
        line = PlantMeterLine(board, at: now)
        let profile = try Self.profile(model, rollover: rollover)
        let limits = PlausibilityLimits(maximumPower: Milliwatts(22_080_000))
        let meter = try MeterConfiguration(profile: profile, pollInterval: .seconds(1), limits: limits)
        let machine = BusMachine(link: .tcp(host: "plant", port: 502), meters: [meter], now: now)
        bus = BusDriver(
            machine: machine, transport: line, now: { [line] in line.now },
            wait: { [line] in line.now = max(line.now, $0) })
        let configuration = try ControlConfiguration(
            maximumCurrent: board.profile.ratedCurrent, phases: UInt8(board.profile.phases),
            cable: .tethered(rating: board.profile.ratedCurrent), meterPollPeriod: .seconds(1), simulatedBoard: true,
            options: ControlOptions(board.profile, .init(), seed: 1))
        let ring = FlightRing(
            header: FlightHeader(
                connector: 1, firmware: VersionText("test".utf8), beginning: ControllerBeginning(configuration)),
            segments: 3)
        let setup = ConnectorLoop.Setup(
            number: 1, ring: ring, askForRecording: {}, board: board, queues: queues, limits: ConnectorLimits(),
            registerRefresh: profile.link.refresh)
        loop = ControlLoop(
            connectors: [setup], supply: nil, gridFailSafe: nil, requests: HandoverQueue(capacity: 8),
            bell: try WakeUp(), startedAt: now)
        try records.desk.start(keysAreNew: true)
        records.prove(.device)
        records.prove(DeskRig.connector)
    }

    private static func profile(_ model: MeterModel, rollover: Int64?) throws -> MeterProfile {
        let name = model == .iem3155 ? "schneider-iem3155" : "eastron-sdm630"
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Board/meters/\(name).toml").path
        guard let rollover else { return try MeterProfile.load(path: path) }
        let text = try String(contentsOfFile: path, encoding: .utf8).replacingOccurrences(
            of: "resolution_mWh = 1000\n", with: "resolution_mWh = 1000\nrollover_mWh = \(rollover)\n")
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("wrapping-\(UUID()).toml")
        try text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        return try MeterProfile.load(path: file.path)
    }

    var phase: SessionPhase? { display?.phase }
    /// What has truly flowed since the plant was made, mWh.
    var truth: Int64 { board.plant { $0.trueImport.total.rawValue } - truthAtStart }
    /// The records of the connector, in order.
    var bodies: [RecordBody] {
        get throws { try records.desk.journal.records(of: DeskRig.connector).map(\.record.body) }
    }

    /// Buys so many kWh and plugs in a car; runs until it charges.
    func charge(_ kilowattHours: Int64 = 20, name: UInt8 = 6, spent: Int64 = 0) throws -> Bool {
        run(.seconds(5))
        records.desk.handle(
            .grant(DeskRig.connector, try records.grant(kilowattHours * 1_000_000, spent: spent, name: name)))
        try records.look()
        board.plant {
            $0.car.wants = true
            $0.plug()
        }
        return run(.seconds(60)) { $0.phase == .charging }
    }

    /// The platform acknowledges all that was written.
    func acknowledge() throws {
        guard let head = records.desk.journal.head(of: DeskRig.connector) else { return }
        try records.desk.journal.acknowledge(chain: DeskRig.connector, sequence: head.sequence, hash: head.hash)
    }

    /// Runs for so long in virtual time; stops before where something holds, and answers whether it does.
    @discardableResult
    func run(_ duration: Nanoseconds, until holds: (SaleRig) -> Bool = { _ in false }) -> Bool {
        let end = now + duration
        while now < end {
            step()
            if holds(self) { return true }
        }
        return false
    }

    private func step() {
        now = now + ControlThread.period
        board.plant { [now] in $0.advance(to: now) }
        turnBus()
        if !isDiskHanging { queues.recordTurn.beat(at: now) }
        _ = loop.period(ControlPeriod(now: now))
        while !isDiskHanging, let order = queues.orders.take() {
            records.first.handle(order)
            if case .intent(.tick, _, _) = order { ticks += 1 }
            if case .intent(.begin, let reading, _) = order { beganOn = reading }
        }
        while let display = queues.displays.take() { self.display = display.state }
    }

    /// A turn of the bus tells what came of its last action, and begins the next, which ends later.
    private func turnBus() {
        guard now >= line.now else { return }
        line.now = now
        bus.heed([queues.load])
        var notices: [BusMachine.Notice] = []
        bus.turn { notices.append($0) }
        for notice in notices {
            _ = queues.meter.offer(MeterNews(notice.event, at: now))
            records.first.handle(notice.event)
            if case .refused(let refusal) = notice.event { refusals.append(refusal) }
            if case .reading(let reading) = notice.event { readings.append(reading) }
        }
    }
}
