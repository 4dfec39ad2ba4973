import LedgerSamples
import LightClient

/// What following a chain costs after days without a network, against fetching every header of these days.
enum CatchUpBenchmark {
    static let all = [
        Benchmark(
            name: "catch-up",
            summary:
                "headers, bytes and processor time after 1, 7, 13 days of 1 s blocks, one of four validators new each day; a year by a new anchor",
            leavesOut:
                "HTTP's own header lines, about 250 bytes a request; TLS; witnesses, each asked for the target alone",
            run: run)
    ]

    private static let day: Int64 = 86_400
    /// Headers of the baseline that are fetched, in as many stretches as there are repetitions; the rest of a day is calculated.
    private static let fetched: Int64 = 10_000

    private static func run(_ conditions: Benchmark.Conditions) throws -> [Figure] {
        let model = ModelChain(start: try Timestamp(seconds: 1_795_390_000), rotation: day)
        let absences = try [1, 7, 13, 365].map { try Absence(model, days: $0, folder: conditions.folder) }
        let repetitions = Int64(conditions.repetitions)
        let stretch = (fetched + repetitions - 1) / repetitions
        let rounds = Pairing.rounds(conditions.repetitions)
        let walk = try HeaderWalk(model, to: stretch * Int64(rounds) + 1, trusting: try Absence.options())
        var costs: [HeaderWalk.Cost] = []
        for round in 0..<rounds {
            let isKept = round >= Pairing.warmUps
            func comeBack() throws {
                for absence in absences { try absence.pass(round: round, isKept: isKept) }
            }
            func fetchEach() throws {
                let cost = try walk.go(stretch)
                if isKept { costs.append(cost) }
            }
            // Each of the two is first as often as the other.
            if round.isMultiple(of: 2) {
                try comeBack()
                try fetchEach()
            } else {
                try fetchEach()
                try comeBack()
            }
        }
        return absences.flatMap { figures($0, costs, every: stretch * repetitions) }
    }

    private static func figures(_ absence: Absence, _ costs: [HeaderWalk.Cost], every fetched: Int64) -> [Figure] {
        let name = "catch-up \(absence.days) d" + (absence.needsAnchor ? ", new anchor" : "")
        let against = "every header: \(fetched) fetched and verified, the rest calculated from them"
        let headers = Double(absence.headers)
        let traffic = absence.traffic
        return [
            Figure(
                name, .bytes,
                Pairing(
                    subject: [Double(traffic.bytes)],
                    baseline: [costs.reduce(0) { $0 + $1.bytes } / Double(costs.count) * headers]),
                against: against, aims: [.count("headers", atMost: 20), .subject(atMost: 1_000_000)],
                counts: [("headers", Double(traffic.headers)), ("requests", Double(traffic.requests))]),
            Figure(
                name + ", computing", .time(.process),
                Pairing(subject: absence.times, baseline: costs.map { $0.time * headers }), against: against, aims: []),
        ]
    }
}
