import Logging
import Quantities

extension PlatformLink {
    /// Longest wait between two connections for events: a node that floods is left alone for so long in the end.
    static let longestEventPause = Nanoseconds.seconds(3_600)
    /// A connection that lasted for so long was of use, and the next is made soon.
    static let usefulConnection = Nanoseconds.seconds(60)

    /// Listens to the primary's events until the task is cancelled; each hint wakes the link.
    func listen() async {
        let listener = EventListener(
            trustRoots: configuration.trustRoots, identity: configuration.clientIdentity,
            interval: configuration.hintInterval, monotonic: monotonic
        ) { [weak self] in self?.wake() }
        var backOff = BackOff(
            base: configuration.retryBase, cap: Self.longestEventPause, seed: configuration.seed &+ 0x6576_656e_7473)
        var shown = ""
        while !Task.isCancelled {
            let endpoint = client.endpoint
            let began = monotonic()
            let end: EventEnd
            do {
                end = try await listener.listen(to: RPCEndpoint(endpoint))
            } catch {
                end = .ended("\(error)")
            }
            guard !Task.isCancelled else { return }
            if end != .excess, monotonic() - began >= Self.usefulConnection { backOff.succeeded() }
            // Never a warning: nothing is lost with the events. The same end again is no news.
            let line = "events of \(endpoint): \(end); the ledger is looked at without them"
            logger.log(level: line == shown ? .trace : .debug, "\(line)")
            shown = line
            try? await Task.sleep(for: .nanoseconds(backOff.failed().rawValue))
        }
    }
}
