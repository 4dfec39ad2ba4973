import BoardIO
import ChargeControl
import FlightRecorder
import Quantities

@testable import Firmware

/// What the control thread's loop is made of, before there is a thread, and what its flight recorder has afterwards.
struct PreparedLoop: Sendable {
    let board = QuietBoard()
    private let ring: FlightRing
    private let bell: WakeUp

    init() throws {
        let configuration = try ControlConfiguration(
            maximumCurrent: Milliamps(32_000), phases: 3, cable: .tethered(rating: Milliamps(32_000)),
            meterPollPeriod: .seconds(1), simulatedBoard: true)
        ring = FlightRing(
            header: FlightHeader(
                connector: 1, firmware: VersionText(FirmwareVersion.text.utf8),
                beginning: ControllerBeginning(configuration)))
        bell = try WakeUp()
    }

    func make(_ startedAt: MonotonicInstant) -> ControlLoop {
        let setup = ConnectorLoop.Setup(
            number: 1, ring: ring, askForRecording: {}, board: board, queues: ControlQueues(),
            limits: ConnectorLimits(), registerRefresh: .zero)
        return ControlLoop(
            connectors: [setup], supply: nil, gridFailSafe: nil, requests: HandoverQueue<ControlRequest>(capacity: 64),
            bell: bell, startedAt: startedAt)
    }

    /// Nanoseconds from the planned moment of each of the first periods until it looked at the board: the lateness that the loop
    /// was handed, and from there to the sample. The recorder of the loop, which every charger has, holds both exactly.
    func lateness(of periods: Int) throws -> [Int64] {
        var late: [Int64] = []
        ring.forEachInput(since: MonotonicInstant(nanoseconds: 0)) { input, began in
            guard let pilot = input.pilot else { return }
            late.append((input.lateness + (pilot.at - began)).rawValue)
        }
        guard late.count >= periods else {
            throw BenchmarkFailed("the flight recorder has \(late.count) of \(periods) periods")
        }
        return Array(late.prefix(periods))
    }
}
