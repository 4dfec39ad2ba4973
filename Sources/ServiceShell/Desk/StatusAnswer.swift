import Quantities

/// How the charger is, connector by connector.
public struct StatusAnswer: Equatable, Sendable, Reportable {
    public var connectors: [ConnectorStatus]
    /// UTC, where the clock is worth anything.
    public var unixMilliseconds: Int64?
    public var timeQuality: TimeQualityName
    /// Why the charger sells nothing at present, where it does not.
    public var saleStopped: String?
    /// The control loop's punctuality, where a control loop runs.
    public var loop: LoopStatus?

    public init(
        connectors: [ConnectorStatus], unixMilliseconds: Int64?, timeQuality: TimeQualityName,
        saleStopped: String? = nil, loop: LoopStatus? = nil
    ) {
        self.connectors = connectors
        self.unixMilliseconds = unixMilliseconds
        self.timeQuality = timeQuality
        self.saleStopped = saleStopped
        self.loop = loop
    }

    var report: Report {
        var report = Report()
        report.add("time", .time(unixMilliseconds: unixMilliseconds))
        report.add("time quality", .text(timeQuality.rawValue))
        report.add("sells", .flag(saleStopped == nil))
        report.add("sale stopped by", saleStopped.map { .text($0) } ?? .nothing)
        report.add("look at", .text(whereToLook))
        report.add("connectors", .rows(connectors.map(\.report)))
        if let loop { report.add("control loop", .rows([loop.report])) }
        return report
    }
}

extension StatusAnswer {
    /// The same, with what each core was last told of currents and heat. Somebody who asks once is told that, too; events and
    /// whatever looks again and again leave the recorder alone.
    func with(_ samples: [ConnectorSample]) -> StatusAnswer {
        var answer = self
        for index in answer.connectors.indices {
            guard let sample = samples.first(where: { $0.number == connectors[index].number }) else { continue }
            if !sample.currents.isEmpty { answer.connectors[index].currents = sample.currents }
            let hottest = [sample.boardTemperature, sample.plugTemperature].compactMap { $0 }.max()
            answer.connectors[index].temperature = hottest ?? connectors[index].temperature
        }
        return answer
    }

    /// The command that tells more of what is wrong.
    private var whereToLook: String {
        if connectors.contains(where: { $0.activeFaults > 0 }) {
            return "faults: what the board shows of each, and where to look"
        }
        return saleStopped == nil
            ? "no fault stands here; selftest goes through the whole charger"
            : "selftest: part by part; log: the newest lines"
    }
}

/// What the wall clock is worth.
public enum TimeQualityName: String, Equatable, Sendable {
    case unknown, informative, synchronised
}
