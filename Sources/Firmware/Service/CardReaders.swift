internal import CardReader
internal import Logging
internal import Synchronization

/// The card readers: each on its own thread; what their cards bring goes to the record thread, and its word back.
final class CardReaders: Sendable {
    private let links: Mutex<[ReaderLink]>

    private init() { links = Mutex([]) }

    /// Starts a link for each reader.
    static func start(
        _ readers: [FirmwareConfiguration.Reader], records: RecordThread, status: StatusBoard, logger: Logger
    ) throws(FirmwareError) -> CardReaders {
        let all = CardReaders()
        guard !readers.isEmpty else { return all }
        status.update { report in
            report.readers = readers.map { reader in
                var shown = StatusReport.CardReader()
                shown.path = "\(reader.address)"
                shown.connector = reader.connector ?? 0
                return shown
            }
        }
        do throws(ReaderPortError) {
            for (index, reader) in readers.enumerated() {
                let link = try ReaderLink(reader.address, monotonic: { SystemClock.now() }) { [weak all] event in
                    all?.take(event, from: index, records, status, logger)
                }
                all.links.withLock { $0.append(link) }
                try link.start()
            }
        } catch {
            all.stop()
            throw .room("reader", reason: "\(error)")
        }
        return all
    }

    /// Ends their threads.
    func stop() {
        for link in links.withLock({ $0 }) { link.stop() }
    }

    private func take(
        _ event: ReaderLink.Event, from index: Int, _ records: RecordThread, _ status: StatusBoard, _ logger: Logger
    ) {
        switch event {
        case .card(let number, let card):
            records.post { [weak self] desk in
                self?.decide(index, number, desk.cards[index].present(number, card), status, logger)
            }
        case .signature(let number, let signature):
            records.post { [weak self] desk in
                self?.decide(index, number, desk.cards[index].answer(number, signature), status, logger)
            }
        case .gone: records.post { desk in desk.cards[index].forget() }
        case .standing(let standing):
            if !standing.problem.isEmpty { logger.warning("card reader \(index + 1): \(standing.problem)") }
            status.update {
                $0.readers?[index].name = standing.name
                $0.readers?[index].problem = standing.problem
                $0.readers?[index].openings = standing.openings
            }
        }
    }

    private func decide(
        _ index: Int, _ number: UInt16, _ decision: CardDecision, _ status: StatusBoard, _ logger: Logger
    ) {
        status.update { report in
            switch decision {
            case .ask: break
            case .accepted: report.readers?[index].accepted += 1
            case .refused(let refusal):
                report.readers?[index].refused += 1
                report.readers?[index].refusal = refusal.word
            }
        }
        let link = links.withLock { links in index < links.count ? links[index] : nil }
        link?.decide(number, decision)
    }
}
