package import BoardIO
package import ChargeControl
import FlightRecorder
package import Metering
package import Quantities
import Synchronization

/// The whole control loop over boards of the caller's, for a program of this package that measures it: how long a period
/// takes, and that it allocates nothing. The caller plays the meters and the record thread.
package final class ControlLoopProbe {
    private var loop: ControlLoop
    private let queues: [ControlQueues]
    private let requests: HandoverQueue<ControlRequest>
    private let recordings: RecordingCount
    private let feed = MainsFeed()

    /// A loop of one connector a board, each with a flight recorder of its usual size.
    ///
    /// - Parameters:
    ///   - supply: what all may take together, per phase; nil for no shared supply.
    ///   - gridFailSafe: what they may take while no grid operator is heard; nil for none.
    ///   - fuse: what each phase of the grid connection may carry, where a mains meter guards it; its fail-safe is 6 A.
    /// - Throws: `FirmwareError.system` where the kernel has no descriptor left.
    package init(
        boards: [any Board], configuration: ControlConfiguration, supply: Milliamps?, gridFailSafe: Milliamps?,
        fuse: Milliamps? = nil, startedAt: MonotonicInstant
    ) throws(FirmwareError) {
        let queues = boards.map { _ in ControlQueues() }
        let recordings = RecordingCount()
        let setups = boards.enumerated().map { index, board in
            let header = FlightHeader(
                connector: UInt8(index + 1), firmware: VersionText(FirmwareVersion.text.utf8),
                beginning: ControllerBeginning(configuration))
            return ConnectorLoop.Setup(
                number: UInt32(index + 1), ring: FlightRing(header: header), askForRecording: { recordings.add() },
                board: board, queues: queues[index], limits: ConnectorLimits(), registerRefresh: .zero)
        }
        let requests = HandoverQueue<ControlRequest>(capacity: 64)
        self.queues = queues
        self.requests = requests
        self.recordings = recordings
        loop = ControlLoop(
            connectors: setups, supply: supply, gridFailSafe: gridFailSafe,
            mains: fuse.map { [feed] fuse in
                MainsGuard(
                    fuse: fuse, failSafe: DutyCode.minimum, orders: boards.map { _ in .l1l2l3 },
                    pollInterval: .seconds(1), refresh: .zero, feed: feed)
            }, requests: requests, bell: try WakeUp(), startedAt: startedAt)
    }

    /// One period of all connectors.
    package func period(at now: MonotonicInstant, lateness: Nanoseconds = .zero, utc: Int64? = nil) {
        for queues in queues { queues.recordTurn.beat(at: now) }
        _ = loop.period(ControlPeriod(now: now, lateness: lateness, utc: utc))
    }

    /// The record thread offers a grant, or takes it back. Connectors count from 0 here.
    package func offer(_ authorization: Authorization?, to connector: Int) -> Bool {
        queues[connector].commands.offer(authorization.map { .authorization($0) } ?? .noAuthorization)
    }

    /// The record thread says that a begin record is durable.
    package func beginIsDurable(session: UInt32, of connector: Int) -> Bool {
        queues[connector].commands.offer(.beginDurable(session: session))
    }

    /// The meter was read.
    package func read(_ reading: EnergyReading, of connector: Int) -> Bool {
        queues[connector].meter.offer(.reading(reading))
    }

    /// The mains meter was read; a reading that is in doubt counts by its live values alone.
    package func readMains(_ reading: EnergyReading, isDoubtful: Bool) -> Bool {
        feed.news.offer(isDoubtful ? .live(reading.live) : .reading(reading))
    }

    /// The mains meter is known to lie.
    package func distrustMains(at now: MonotonicInstant) -> Bool { feed.news.offer(.distrusted(at: now)) }

    /// What the mains meter leaves to the connectors together, per phase.
    package var leftByMains: Milliamps { feed.gauge.available.current }

    /// The grid operator speaks.
    package func limitGrid(_ current: Milliamps, validity: Nanoseconds) -> Bool {
        requests.offer(.gridLimit(current, validity: validity))
    }

    /// The oldest record that a core asked for and that nobody has taken.
    package func takeIntent(of connector: Int) -> RecordIntent? {
        while let order = queues[connector].orders.take() {
            if case .intent(let intent, _, _) = order { return intent }
        }
        return nil
    }

    /// The oldest display that nobody has taken.
    package func takeDisplay(of connector: Int) -> DisplayState? { queues[connector].displays.take()?.state }

    /// How many recordings the loop asked for.
    package var recordingsAsked: Int { recordings.count }
}

/// Counts what the control thread asks for.
private final class RecordingCount: Sendable {
    private let asked = Atomic<Int>(0)

    func add() { asked.add(1, ordering: .relaxed) }

    var count: Int { asked.load(ordering: .relaxed) }
}
