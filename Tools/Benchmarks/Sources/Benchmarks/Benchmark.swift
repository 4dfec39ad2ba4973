/// One figure with the baseline that it is to be read against, taken in the same run.
struct Benchmark: Sendable {
    /// What a run is given.
    struct Conditions {
        /// Samples of a short operation.
        let samples: Int
        /// Operations that are timed one by one.
        let operations: Int
        /// A folder on the disk that is to be measured.
        let folder: String
    }

    /// What a run gives.
    struct Result {
        let measured: Measurement
        let stopwatch: Stopwatch
        /// What the baseline does.
        let baselineName: String
        let baseline: Measurement
        /// Exact counts, which do not depend on the machine.
        var counts: [(name: String, value: Double)] = []
    }

    let name: String
    let summary: String
    let run: @Sendable (Conditions) throws -> Result

    static let all: [Benchmark] =
        RecordBenchmarks.all + JournalBenchmarks.all + OpeningBenchmark.all + ProofBenchmarks.all
        + ControlBenchmarks.all + LedgerSizeBenchmark.all + LedgerRecordsBenchmarks.all
}

/// A benchmark whose operation does not do what it should measures nothing.
struct BenchmarkFailed: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
