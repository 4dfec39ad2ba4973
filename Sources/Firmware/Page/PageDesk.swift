internal import ChargeControl
internal import FoundationEssentials
internal import Quantities
internal import SignedRecords
internal import StatusPage
internal import Synchronization

/// Answers the status page from the status that the threads keep, as the status socket does; it waits for none of them.
///
/// Whatever a path holds is made anew at most five times a second, however often it is asked for.
final class PageDesk: Sendable {
    private let board: StatusBoard
    private let facts: ServiceFacts
    private let nodes: NodeAddresses
    /// What of the device does not change while it runs.
    private let sheet: DeviceSheet
    private let state: Mutex<State>

    private struct State {
        var history: PowerHistory
        var made: [String: (at: MonotonicInstant, answer: PageAnswer)] = [:]
    }

    static let freshness = Nanoseconds.milliseconds(200)
    /// A reading that is older is no power of now.
    static let oldestReading: Int64 = 10_000

    init(board: StatusBoard, facts: ServiceFacts, configuration: FirmwareConfiguration) {
        self.board = board
        self.facts = facts
        nodes = NodeAddresses(configuration.ledger)
        sheet = Self.sheet(facts, configuration, node: nodes.origin)
        state = Mutex(State(history: PowerHistory(connectors: facts.connectors.count)))
    }

    private static func sheet(
        _ facts: ServiceFacts, _ configuration: FirmwareConfiguration, node: String
    ) -> DeviceSheet {
        let identity = facts.identity
        var sheet = DeviceSheet()
        sheet.product = identity.product
        sheet.serial = identity.serial
        sheet.board = identity.board
        sheet.firmwareVersion = FirmwareVersion.text
        sheet.firmwareDigest = identity.firmwareDigest.hex
        sheet.keyProtection = facts.keyProtection
        sheet.bench = identity.bench
        sheet.energyFactor = identity.energyFactor
        sheet.bootCount = facts.bootCount
        sheet.endpoint = node
        sheet.supplyMA = configuration.supply?.rawValue
        sheet.gridFailSafeMA = configuration.gridFailSafe?.rawValue
        sheet.connectors = configuration.connectors.enumerated().map { index, connector in
            DeviceSheet.Connector(
                number: UInt32(index + 1), maximumCurrentMA: connector.maximumCurrent.rawValue,
                ownerMA: connector.limits.owner?.rawValue)
        }
        return sheet
    }

    /// Takes the connectors as they are now into the history.
    func sample(at now: MonotonicInstant) {
        let points = board.current.connectors.map { outlet in
            let isKnown = outlet.meter.hasPower && (0..<Self.oldestReading).contains(outlet.meter.ageMS)
            return PowerHistory.Point(
                power: isKnown ? Milliwatts(outlet.meter.powerMW) : nil,
                energy: MilliwattHours(outlet.connector.energyMWh), offered: Milliamps(outlet.connector.offeredMA),
                isSessionOpen: outlet.connector.isSessionOpen)
        }
        state.withLock { _ = $0.history.note(points, at: now) }
    }

    /// What a path holds; nil where there is no such path.
    func answer(_ path: String, at now: MonotonicInstant) -> PageAnswer? {
        if path == "/" { return StatusPage.answer }
        return state.withLock { state in
            if let made = state.made[path], now - made.at < Self.freshness { return made.answer }
            guard let answer = make(path, state.history, at: now) else { return nil }
            state.made[path] = (now, answer)
            return answer
        }
    }

    private func make(_ path: String, _ history: PowerHistory, at now: MonotonicInstant) -> PageAnswer? {
        switch path {
        case "/status.json": return .json(nodes.shortened(board.current.withoutPayers.json()))
        case "/history.json": return .json(history.json(at: now))
        case "/records.json":
            return .json(Self.json(["records": board.recentRecords.listed(board.current.records.chains)]))
        case "/device.json": return .json(Self.json(device(at: now)))
        case "/metrics":
            let text = OpenMetricsText.render(board.current.metrics(device(at: now)))
            return PageAnswer(contentType: OpenMetricsText.contentType, body: Array(text.utf8))
        default: return nil
        }
    }

    private func device(at now: MonotonicInstant) -> DeviceSheet {
        var sheet = sheet
        sheet.uptimeS = max(0, (now - facts.startedAt).wholeMilliseconds / 1_000)
        sheet.faults = board.current.connectors.flatMap { outlet in
            outlet.connector.faultCodes.compactMap { number in
                guard let code = FaultCode(rawValue: number),
                    let identity = facts.connectors.first(where: { $0.chain.rawValue == outlet.number })
                else { return nil }
                return FaultExplanation(
                    connector: outlet.number, code: code, row: code.row(for: identity.control))
            }
        }
        return sheet
    }

    private static func json(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(value) else { invariantBroken("plain values have a JSON text") }
        return String(decoding: bytes, as: UTF8.self)
    }
}
