import BoardIO
import ChargeControl
import FlightRecorder
import Foundation
import Logging
import Quantities
import Synchronization
import Testing

@testable import Firmware

/// A board on which nothing is wrong, that keeps what it was told.
private final class QuietBoard: Board {
    struct Told {
        var last: BoardOutputs?
        var wasTested = false
        var isStopped = false
        /// Told behind its stop.
        var isTouchedLate = false
    }

    let profile: BoardProfile
    private let state = Mutex(Told())

    init() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Board/profiles/simulated.toml").path
        profile = try BoardProfile.load(path: path)
    }

    var told: Told { state.withLock { $0 } }

    func start() throws(BoardError) {}

    func sample() -> BoardSample {
        var sample = BoardSample()
        sample.number = 1
        sample.at = SystemClock.now()
        sample.pilotAt = sample.at
        (sample.pilotHigh, sample.pilotLow, sample.pilotValid) = (Millivolts(12_000), Millivolts(12_000), true)
        (sample.inputsValid, sample.mirror, sample.secondMirror) = (true, .open, .open)
        (sample.loadL1, sample.loadL2, sample.loadL3) = (.dead, .dead, .dead)
        (sample.emergencyStop, sample.residualDC, sample.residualAC) = (false, false, false)
        (sample.enclosureOpen, sample.supplyLow) = (false, false)
        return sample
    }

    func apply(_ outputs: BoardOutputs) {
        state.withLock {
            $0.last = outputs
            $0.wasTested = $0.wasTested || outputs.residualSelfTest
            $0.isTouchedLate = $0.isTouchedLate || $0.isStopped
        }
    }

    func pulseGate() {}
    func openContactor() {}
    func report() -> BoardReport { BoardReport() }
    func stop() { state.withLock { $0.isStopped = true } }
}

@Suite("The rooms of a start that breaks off")
struct DaemonRoomsTests {
    private func rooms(_ boards: [QuietBoard]) -> DaemonRooms {
        var rooms = DaemonRooms(logger: Logger(label: "rooms") { _ in SwiftLogNoOpLogHandler() })
        rooms.boards = boards
        return rooms
    }

    @Test("the control loop ends with the safe outputs before its board is stopped")
    func behindTheLoop() throws {
        let board = try QuietBoard()
        let rooms = rooms([board])
        var options = ControlOptions()
        // Its output is driven for a second from the start on, since this board's monitor does not answer.
        options.hasResidualTest = true
        let configuration = try ControlConfiguration(
            maximumCurrent: Milliamps(32_000), phases: 3, cable: .tethered(rating: Milliamps(32_000)),
            meterPollPeriod: .seconds(1), simulatedBoard: true, options: options)
        let ring = FlightRing(
            header: FlightHeader(
                connector: 1, firmware: VersionText("test".utf8), beginning: ControllerBeginning(configuration)),
            segments: 3)
        let setup = ConnectorLoop.Setup(
            number: 1, ring: ring, askForRecording: {}, board: board, queues: ControlQueues(),
            limits: ConnectorLimits(), registerRefresh: .zero)
        let bell = try WakeUp()
        _ = try rooms.control.start { startedAt in
            ControlLoop(
                connectors: [setup], supply: nil, gridFailSafe: nil, requests: HandoverQueue(capacity: 4), bell: bell,
                startedAt: startedAt)
        }
        for _ in 0..<2_000 where !board.told.wasTested { Thread.sleep(forTimeInterval: 0.001) }
        try #require(board.told.wasTested, "an output is driven")
        rooms.breakOff()
        #expect(rooms.control.hasEnded)
        #expect(board.told.last == .safe && board.told.isStopped)
        #expect(!board.told.isTouchedLate)
    }

    @Test("without a control loop the boards that were started are stopped")
    func beforeTheLoop() throws {
        let boards = [try QuietBoard(), try QuietBoard()]
        rooms(boards).breakOff()
        #expect(boards.allSatisfy { $0.told.isStopped && $0.told.last == nil })
    }
}
