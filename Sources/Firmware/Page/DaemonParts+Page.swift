internal import Logging
internal import SignedRecords
internal import StatusPage

extension DaemonParts {
    /// The status page's server, where the configuration asks for one; its thread also samples the page's history. Whoever has its
    /// port takes away the page, never the charger.
    func startPage(status: StatusBoard, logger: Logger) -> PageServer? {
        guard let address = configuration.page else { return nil }
        let facts = ServiceFacts(
            identity: identity, keyProtection: keys.protection, bootCount: clock.boot.count,
            endpoint: configuration.ledger.rpc, startedAt: SystemClock.now(), connectors: connectors.map(\.identity))
        let desk = PageDesk(board: status, facts: facts, configuration: configuration)
        do throws(StatusPageError) {
            let server = try PageServer.start(at: address) { desk.answer($0, at: SystemClock.now()) }
            server.every(seconds: 5) { desk.sample(at: SystemClock.now()) }
            return server
        } catch {
            let limitation = "no status page: \(error)"
            logger.warning("\(limitation)")
            status.update { $0.limitations.append(limitation) }
            return nil
        }
    }
}
