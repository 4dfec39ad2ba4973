public import ChargeControl
import Quantities

/// The Annex A matrix, run in virtual time on the controller that ships, against a table of expectations.
public struct Conformance: Sendable {
    private let table: ConformanceTable
    private let configuration: @Sendable (Installation) -> ControlConfiguration
    /// Situations that were reached, to go on from.
    private var reached: [String: Result<ChargerUnderTest, RunError>] = [:]

    /// A run of this table.
    ///
    /// - Parameter configuration: What each installation's controller is configured with.
    public init(
        _ table: ConformanceTable,
        configuration: @escaping @Sendable (Installation) -> ControlConfiguration = { $0.configuration }
    ) {
        self.table = table
        self.configuration = configuration
    }

    /// Reads texts one after another as one table.
    public static func read(_ texts: [TableText]) throws(TableError) -> ConformanceTable { try TableReader.read(texts) }

    /// Runs every case; each finding is handed over as it comes.
    public mutating func run(_ take: (Finding) throws -> Void) rethrows {
        for entry in table.cases {
            for finding in judge(entry) { try take(finding) }
        }
    }

    private mutating func judge(_ entry: ConformanceCase) -> [Finding] {
        var findings: [Finding] = []
        switch reach(entry.situation) {
        case .success(var charger):
            do throws(RunError) {
                try charger.run(entry.steps) { expectation, watch in
                    findings.append(Self.finding(entry, expectation, watch))
                }
            } catch {
                return findings + Self.unreached(entry, after: findings.count, error)
            }
        case .failure(let error): return Self.unreached(entry, after: 0, error)
        }
        return findings
    }

    private mutating func reach(_ name: String) -> Result<ChargerUnderTest, RunError> {
        if let known = reached[name] { return known }
        guard let situation = table.situations[name] else { return .failure(.notReached(name, within: 0)) }
        let result = bring(about: situation)
        reached[name] = result
        return result
    }

    private mutating func bring(about situation: Situation) -> Result<ChargerUnderTest, RunError> {
        var charger: ChargerUnderTest
        if let parent = situation.parent {
            switch reach(parent) {
            case .success(let found): charger = found
            case .failure(let error): return .failure(error)
            }
        } else {
            charger = ChargerUnderTest(configuration(situation.installation ?? .full))
        }
        do throws(RunError) {
            try charger.run(situation.steps) { _, _ in }
        } catch {
            return .failure(error)
        }
        return .success(charger)
    }

    private static func finding(_ entry: ConformanceCase, _ expectation: Expectation, _ watch: Watch) -> Finding {
        let verdict = expectation.judge(watch.trace)
        let cause = watch.note.isEmpty ? entry.cause : "\(entry.cause), \(watch.note)"
        return Finding(
            section: entry.section, sequence: entry.sequence, from: entry.from, to: entry.to,
            cause: "\(cause): \(expectation.words)", limit: expectation.limit(watched: watch.length),
            measured: verdict.measured, passes: verdict.passes, place: expectation.place)
    }

    /// The expectations of a case that were not come to: none of them holds.
    private static func unreached(_ entry: ConformanceCase, after done: Int, _ error: RunError) -> [Finding] {
        entry.expectations.dropFirst(done).map { expectation in
            Finding(
                section: entry.section, sequence: entry.sequence, from: entry.from, to: entry.to,
                cause: "\(entry.cause): \(expectation.words) (\(error))", limit: expectation.limit(watched: 0),
                measured: nil, passes: false, place: expectation.place)
        }
    }
}

extension ConformanceCase {
    var expectations: [Expectation] {
        steps.compactMap { if case .expect(let expectation) = $0 { expectation } else { nil } }
    }
}
