/// What `Tools/bench` measures under one name.
struct Benchmark: Sendable {
    /// What a run is given.
    struct Conditions {
        /// How often subject and baseline take turns; at least five.
        let repetitions: Int
        /// Operations that are timed one by one.
        let operations: Int
        let isLong: Bool
        /// A folder on the disk that is to be measured.
        let folder: String
        /// Where the repository stands, and in it the shipped binaries.
        let repository: String
        let binaries: String
        /// What this benchmark's run has to leave out, where the machine does not have what it takes.
        let omissions: Omissions
    }

    let name: String
    let summary: String
    /// What its figures say nothing about.
    let leavesOut: String
    /// Only with `--long`, or by its name.
    var isLong = false
    let run: @Sendable (Conditions) throws -> [Figure]

    static let all: [Benchmark] =
        ControlBenchmarks.all + LoopBenchmark.all + ContactorBenchmark.all + RecordBenchmarks.all
        + JournalBenchmarks.all
        + OpeningBenchmark.all + ProofBenchmarks.all + CatchUpBenchmark.all + ModbusBenchmark.all
        + LedgerRecordsBenchmarks.all + LedgerSizeBenchmark.all + FootprintBenchmark.all + SoakBenchmark.all
}

/// A benchmark whose operation does not do what it should measures nothing.
struct BenchmarkFailed: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
