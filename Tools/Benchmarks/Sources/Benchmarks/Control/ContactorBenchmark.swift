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
        try [("idle", []), ("loaded", ["--load"])].map { name, words in
            let home = "\(conditions.folder)/latency-\(name)"
            // It exits with 1 beyond the limit; the figure says so, too.
            _ = try Program.output(
                ["\(conditions.repository)/Tools/board-emulator", "--rt", "--keep", home, "latency"] + words,
                mayFail: true)
            return try figure("pilot-to-contactor \(name)", home + "/latency.json")
        }
    }

    /// The emulator's own report of a run.
    private struct Report: Decodable {
        struct Trial: Decodable { let microseconds: Double? }
        let kernel: String
        let asked: Int
        let trials: [Trial]
    }

    private static func figure(_ name: String, _ path: String) throws -> Figure {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw BenchmarkFailed("\(path): the emulator left no report")
        }
        let report = try JSONDecoder().decode(Report.self, from: bytes)
        let times = report.trials.compactMap(\.microseconds).sorted().map { $0 * 1_000 }
        guard times.count == report.asked, let worst = times.last else {
            throw BenchmarkFailed("\(path): \(times.count) of \(report.asked) trials opened")
        }
        let places = (0...100).map { times[min(times.count - 1, times.count * $0 / 100)] }
        var figure = Figure(
            name, .time(.wall), Pairing(subject: times, baseline: times.map { _ in standard }),
            against: "the standard's 100 ms", aims: [.count("worst ms", atMost: 40)],
            counts: [("worst ms", worst / 1e6), ("trials", Double(times.count))])
        figure.curve = (
            "the share of the trials, in percent",
            places.enumerated().map { .init(size: Double($0 + 1), subject: $1, baseline: standard) }
        )
        return figure
    }
}
