import Glibc
import Quantities

/// A month of one charger in virtual time: what it sells, three times over, and what it leaves in memory.
enum SoakBenchmark {
    static let all = [
        Benchmark(
            name: "soak",
            summary:
                "one charger for 30 virtual days: 10,000 sessions with faults, every record signed, journalled, sent, proved; "
                + "register = ticks = ledger each day, memory flat",
            leavesOut:
                "restarts, which the sequences have; the meter's bus and the board's driver; flushes of a disk, since all files lie in memory where there is room; scrubbing of the journal, which goes by the wall clock; the ledger's memory, which grows with each session by design and is told apart",
            isLong: true, run: run)
    ]

    private static func run(_ conditions: Benchmark.Conditions) throws -> [Figure] {
        let length = try SoakLength()
        var run = try SoakRun(length, conditions)
        defer { run.end() }
        for day in 1...length.days { try run.live(day: day) }
        return [run.figure, try SoakSequences.figure(count: length.sequences)]
    }
}
