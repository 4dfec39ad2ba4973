internal import Logging
internal import Metering
internal import Quantities

/// Takes what the mains meter's bus says to the control thread and to the status; on the bus's thread, which it never holds
/// up.
struct MainsDesk: Sendable {
    let feed: MainsFeed
    /// The phases of the mains that connectors use, 0 to 2.
    let phases: [Int]
    let status: StatusBoard
    let logger: Logger

    /// Takes in an event of the meter.
    func handle(_ event: MeterEvent) {
        // A full queue means that the control thread stands still; the coil gate has dropped by then.
        _ = feed.news.offer(MeterNews(event, at: SystemClock.now()))
        status.update { report in
            report.mains?.show(event)
            if let problem = problem(of: event) { report.mains?.meter.problem = problem }
        }
        switch event {
        case .refused(let refusal): logger.warning("mains meter: reading refused: \(refusal.reason)")
        case .lost(let reason): logger.warning("mains meter lost: \(reason)")
        case .identified, .reading, .live: break
        }
    }

    /// A reading that is accepted, and of no use here.
    private func problem(of event: MeterEvent) -> String? {
        guard case .reading(let reading) = event else { return nil }
        let currents = reading.currents.all
        let missing = phases.filter { currents[$0] == nil }.map { "L\($0 + 1)" }
        return missing.isEmpty ? nil : "no current of \(missing.joined(separator: ", "))"
    }
}
