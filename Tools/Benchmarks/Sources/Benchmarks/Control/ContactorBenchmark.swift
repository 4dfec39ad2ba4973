import Foundation

/// From the pilot's new level to the contactor's pin on the emulated board, by QEMU's instruction counts.
enum ContactorBenchmark {
    static let all = [
        Benchmark(
            name: "pilot-to-contactor",
            summary:
                "from a pilot that leaves C to the contactor's pin, on the board emulator's PREEMPT_RT kernel, idle and loaded",
            leavesOut:
                "a real board: the model counts instructions and knows no caches, and is no evidence about hardware",
            isLong: true, run: run)
    ]

    /// What IEC 61851-1 allows, in nanoseconds.
    private static let standard = 100_000_000.0

    private static func run(_ conditions: Benchmark.Conditions) throws -> [Figure] {
        try ["idle", "loaded"].map { load in
            let home = "\(conditions.folder)/latency-\(load)"
            let (status, said) = try Program.run(
                ["\(conditions.repository)/Tools/board-emulator", "--rt", "--keep", home, "latency"]
                    + (load == "loaded" ? ["--load"] : []))
            // 1 is an answer, and its report says which; everything else says nothing.
            guard status == 0 || status == 1 else { throw BenchmarkFailed("board-emulator: status \(status): \(said)") }
            return try figure(load, report(home + "/latency.json", load), hasPassed: status == 0)
        }
    }

    /// The emulator's own report of a run.
    private struct Report: Decodable {
        struct Trial: Decodable { let microseconds: Double? }
        /// What its figures are to be read with.
        let label: String
        let flavour: String
        let load: String
        let asked: Int
        let trials: [Trial]
        /// Openings beyond the emulator's own limit.
        let late: [String]
        /// Why the run is no measurement.
        let mistakes: [String]
    }

    /// A report of a run that was one: every trial opened, on the kernel and under the load that were asked for.
    private static func report(_ path: String, _ load: String) throws -> Report {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw BenchmarkFailed("\(path): the emulator left no report")
        }
        let report = try JSONDecoder().decode(Report.self, from: bytes)
        guard report.mistakes.isEmpty else {
            throw BenchmarkFailed("the emulator's run has failed: \(report.mistakes.joined(separator: "; "))")
        }
        guard report.flavour == "PREEMPT_RT", report.load == load else {
            throw BenchmarkFailed("\(path): expected PREEMPT_RT, \(load), found \(report.flavour), \(report.load)")
        }
        return report
    }

    private static func figure(_ load: String, _ report: Report, hasPassed: Bool) throws -> Figure {
        let times = report.trials.compactMap(\.microseconds).sorted().map { $0 * 1_000 }
        guard times.count == report.asked, let worst = times.last else {
            throw BenchmarkFailed("\(load): \(times.count) of \(report.asked) trials opened")
        }
        guard hasPassed == report.late.isEmpty else {
            throw BenchmarkFailed("\(load): the emulator's verdict is not its report's: \(report.late)")
        }
        let places = (0...100).map { times[min(times.count - 1, times.count * $0 / 100)] }
        var figure = Figure(
            "pilot-to-contactor \(load) (\(report.label))", .time(.wall),
            Pairing(subject: times, baseline: times.map { _ in standard }),
            against: "the standard's 100 ms", aims: [.count("worst ms", atMost: 40)],
            counts: [
                ("worst ms", worst / 1e6), ("trials", Double(times.count)),
                ("beyond the emulator's limit", Double(report.late.count)),
            ])
        figure.curve = Figure.Curve(
            size: "the share of the trials, in percent", baselineName: "the standard's 100 ms",
            points: places.enumerated().map { .init(size: Double($0 + 1), subject: $1, baseline: standard) })
        return figure
    }
}
