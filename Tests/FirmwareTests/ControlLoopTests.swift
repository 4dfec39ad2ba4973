import BoardIO
import ChargeControl
import FlightRecorder
import Foundation
import Metering
import Quantities
import Synchronization
import Testing

@testable import Firmware

/// A board that keeps the order of what it was told.
private final class TracingBoard: Board {
    enum Act: Equatable {
        case enable(Bool)
        case pulse
    }

    let profile: BoardProfile
    private let state = Mutex((sample: BoardSample.none, acts: [Act](), last: BoardOutputs?.none))

    /// What it was told last.
    var last: BoardOutputs? { state.withLock { $0.last } }

    init() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Board/profiles/simulated.toml").path
        profile = try BoardProfile.load(path: path)
    }

    var acts: [Act] {
        state.withLock { state in
            defer { state.acts = [] }
            return state.acts
        }
    }

    func start() throws(BoardError) {}
    func sample() -> BoardSample { state.withLock { $0.sample } }
    func apply(_ outputs: BoardOutputs) {
        state.withLock {
            $0.acts.append(.enable(outputs.contactorEnable))
            $0.last = outputs
        }
    }
    func pulseGate() { state.withLock { $0.acts.append(.pulse) } }
    func openContactor() { state.withLock { $0.acts.append(.enable(false)) } }
    func report() -> BoardReport { invariantBroken("the loop asks for no report") }
    func stop() {}
}

@Suite("The control loop")
struct ControlLoopTests {
    private func loop(_ board: TracingBoard, _ queues: ControlQueues) throws -> ControlLoop {
        let configuration = try ControlConfiguration(
            maximumCurrent: Milliamps(32_000), phases: 3, cable: .tethered(rating: Milliamps(32_000)),
            meterPollPeriod: .seconds(1), simulatedBoard: true)
        return try Self.loop(configuration, board, queues, startedAt: MonotonicInstant(nanoseconds: 0))
    }

    private static func loop(
        _ configuration: ControlConfiguration, _ board: TracingBoard, _ queues: ControlQueues,
        _ restored: RestoredState = RestoredState(), startedAt: MonotonicInstant
    ) throws -> ControlLoop {
        let beginning = ControllerBeginning(configuration, latched: restored.latched)
        let ring = FlightRing(
            header: FlightHeader(connector: 1, firmware: VersionText("test".utf8), beginning: beginning), segments: 3)
        let setup = ConnectorLoop.Setup(
            number: 1, ring: ring, askForRecording: {}, board: board, queues: queues, limits: ConnectorLimits(),
            registerRefresh: .zero)
        return ControlLoop(
            connectors: [setup], supply: nil, gridFailSafe: nil, requests: HandoverQueue(capacity: 4),
            bell: try WakeUp(), startedAt: startedAt)
    }

    @Test(
        "the end leaves the safe outputs, and a plug locked that the core holds: one behind a contactor that nobody sees"
    )
    func end() throws {
        let configuration = try ControlConfiguration(
            maximumCurrent: Milliamps(32_000), phases: 3, cable: .socket, meterPollPeriod: .seconds(1),
            simulatedBoard: true)
        for holds in [true, false] {
            let board = try TracingBoard()
            var loop = try Self.loop(
                configuration, board, ControlQueues(), startedAt: MonotonicInstant(nanoseconds: 0))
            var now = MonotonicInstant(nanoseconds: 1_000_000_000)
            for _ in 0..<(holds ? 10 : 1) {
                _ = loop.period(ControlPeriod(now: now))
                now = now + .milliseconds(5)
            }
            loop.end()
            var expected = BoardOutputs.safe
            expected.lock = holds
            #expect(board.last == expected)
        }
    }

    @Test("the enable is written before each pulse, and a period that is too late gives no pulse")
    func order() throws {
        let board = try TracingBoard()
        var loop = try loop(board, ControlQueues())
        var now = MonotonicInstant(nanoseconds: 1_000_000_000)
        for _ in 0..<10 {
            _ = loop.period(ControlPeriod(now: now))
            now = now + .milliseconds(5)
        }
        let acts = board.acts
        #expect(acts.contains(.pulse))
        for (index, act) in acts.enumerated() where act == .pulse {
            #expect(index > 0 && acts[index - 1] == .enable(false))
        }
        now = now + .milliseconds(60)
        _ = loop.period(ControlPeriod(now: now, lateness: .milliseconds(60)))
        #expect(board.acts == [.enable(false)])
    }

    @Test("a shutdown without a session is done at once")
    func shutdown() throws {
        let board = try TracingBoard()
        var loop = try loop(board, ControlQueues())
        var isDone = false
        var now = MonotonicInstant(nanoseconds: 1_000_000_000)
        for _ in 0..<400 where !isDone {
            isDone = loop.period(ControlPeriod(now: now, shutdown: .soft))
            now = now + .milliseconds(5)
        }
        #expect(isDone)
        #expect(!board.acts.contains(.enable(true)))
    }

    @Test("a fault of the start is shown and handed over to be recorded")
    func handsOver() throws {
        let queues = ControlQueues()
        var loop = try loop(TracingBoard(), queues)
        var now = MonotonicInstant(nanoseconds: 1_000_000_000)
        for _ in 0..<2_500 {
            _ = loop.period(ControlPeriod(now: now))
            while queues.displays.take() != nil {}
            now = now + .milliseconds(5)
        }
        var codes: [FaultCode] = []
        while let order = queues.orders.take() {
            if case .intent(.faultLatched(let code), _, _) = order { codes.append(code) }
        }
        #expect(codes.contains(.meterLost))
        #expect(loop.lostOrders == 0)
    }

    @Test("a weld from before the start, and a record queue that fills, are faults from the first second")
    func standingFaults() throws {
        let welded = try faults(latched: [.contactorWelded], waiting: 0)
        #expect(welded.contains(.contactorWelded))
        #expect(try faults(latched: [], waiting: 0).isDisjoint(with: [.contactorWelded, .recordsFailed]))
        // 256 places less 48: one more order would leave too little room for two steps.
        #expect(try !faults(latched: [], waiting: 208).contains(.recordsFailed))
        #expect(try faults(latched: [], waiting: 209).contains(.recordsFailed))
    }

    /// The faults that are shown within the first second, before the meter's silence is one.
    private func faults(latched: [FaultCode], waiting: Int) throws -> Set<FaultCode> {
        let queues = ControlQueues()
        for _ in 0..<waiting {
            _ = queues.orders.offer(
                .intent(.faultCleared(.pilotStale, by: .condition), reading: nil, contactorClosed: false))
        }
        let configuration = try ControlConfiguration(
            maximumCurrent: Milliamps(32_000), phases: 3, cable: .tethered(rating: Milliamps(32_000)),
            meterPollPeriod: .seconds(1), simulatedBoard: true)
        var now = MonotonicInstant(nanoseconds: 1_000_000_000)
        var loop = try Self.loop(
            configuration, try TracingBoard(), queues, RestoredState(latched: latched), startedAt: now)
        var shown: Set<FaultCode> = []
        for _ in 0..<3 {
            _ = loop.period(ControlPeriod(now: now))
            while let display = queues.displays.take() { if let fault = display.state.fault { shown.insert(fault) } }
            now = now + .milliseconds(5)
        }
        return shown
    }
}
