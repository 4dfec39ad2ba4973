import Glibc

/// `Benchmarks [--long] [--json] [--list] [--plots DIR] [--folder DIR] [--repository DIR] [--binaries DIR] [NAME…]`;
/// `Tools/bench` builds and starts it.
@main
enum Benchmarks {
    /// What the command line asks for.
    private struct Wishes {
        var names: [String] = []
        var isLong = false
        var isJSON = false
        var isList = false
        var plots: String?
        var folder = "."
        var repository = "."
        var binaries = "."

        init(_ words: [String]) throws {
            var rest = words[...]
            func path(_ option: String) throws -> String {
                guard let path = rest.popFirst() else { throw BenchmarkFailed("\(option) needs a path") }
                return path
            }
            while let word = rest.popFirst() {
                switch word {
                case "--long": isLong = true
                case "--json": isJSON = true
                case "--list": isList = true
                case "--plots": plots = try path(word)
                case "--folder": folder = try path(word)
                case "--repository": repository = try path(word)
                case "--binaries": binaries = try path(word)
                case _ where word.hasPrefix("-"): throw BenchmarkFailed("unknown option \(word)")
                default: names.append(word)
                }
            }
            let known = Benchmark.all.map(\.name)
            if let stranger = names.first(where: { !known.contains($0) }) {
                throw BenchmarkFailed("no benchmark \(stranger); there are: \(known.joined(separator: " "))")
            }
        }

        var benchmarks: [Benchmark] {
            Benchmark.all.filter { names.isEmpty ? isLong || !$0.isLong : names.contains($0.name) }
        }
    }

    static func main() {
        do {
            let words = Array(CommandLine.arguments.dropFirst())
            if try isPart(words) { return }
            let wishes = try Wishes(words)
            guard !wishes.isList else { return list() }
            if try !run(wishes) { exit(1) }
        } catch {
            say("benchmarks: \(error)\n", to: STDERR_FILENO)
            exit(1)
        }
    }

    /// Whether a benchmark has started this program as a part of itself, which has run then.
    private static func isPart(_ words: [String]) throws -> Bool {
        let number = words.count == 2 ? Int(words[1]) : nil
        switch words.first {
        case "--steps": try ControlBenchmarks.run(steps: number ?? 1)
        case "--be-signer": try SignerBenchmark.beSigner()
        case "--be-echo": SignerBenchmark.beEcho(number ?? 1)
        case "--be-soak-ledger": try LedgerProcess.run(words.dropFirst().first ?? ".")
        default: return false
        }
        return true
    }

    private static func list() {
        for benchmark in Benchmark.all {
            let condition = benchmark.isLong ? " (--long)" : ""
            say("\(benchmark.name): \(benchmark.summary)\(condition)\n", to: STDOUT_FILENO)
        }
    }

    /// Whether each benchmark came to its figures.
    private static func run(_ wishes: Wishes) throws -> Bool {
        var results = Results(machine: Machine(), benchmarks: wishes.benchmarks)
        if wishes.names.isEmpty, !wishes.isLong {
            results.omissions = Benchmark.all.filter(\.isLong).map {
                (name: $0.name, reason: "only with --long, or by its name")
            }
        }
        for benchmark in wishes.benchmarks {
            let conditions = Benchmark.Conditions(
                repetitions: wishes.isLong ? 11 : 7, operations: wishes.isLong ? 5_000 : 500, isLong: wishes.isLong,
                folder: wishes.folder, repository: wishes.repository, binaries: wishes.binaries,
                omissions: Omissions())
            let start = Stopwatch.wall.now()
            do {
                results.figures += try benchmark.run(conditions)
            } catch {
                results.failures.append((benchmark.name, "\(error)"))
                say("benchmarks: \(benchmark.name) failed: \(error)\n", to: STDERR_FILENO)
            }
            results.omissions += conditions.omissions.all.map { (name: benchmark.name, reason: $0) }
            let seconds = (Stopwatch.wall.now() - start) / 1_000_000_000
            say("benchmarks: \(benchmark.name): \(seconds) s\n", to: STDERR_FILENO)
        }
        let report = wishes.isJSON ? JSONReport.document(results) : TextReport.table(results)
        say(report + "\n", to: STDOUT_FILENO)
        if let plots = wishes.plots {
            try TextFile.write(TextReport.table(results) + "\n", to: "\(plots)/figures.txt")
            try TextFile.write(JSONReport.document(results) + "\n", to: "\(plots)/figures.json")
            try draw(results.figures, in: plots)
        }
        return results.failures.isEmpty
    }

    private static func draw(_ figures: [Figure], in folder: String) throws {
        try TextFile.write(Plot.ratios(figures), to: "\(folder)/ratios.svg")
        for figure in figures {
            guard let curve = figure.curve else { continue }
            // Without what its name says in brackets.
            let words = figure.name.prefix { $0 != "(" }.filter { $0 != "," }.split(separator: " ")
            try TextFile.write(Plot.curve(figure, curve), to: "\(folder)/\(words.joined(separator: "-")).svg")
        }
    }

    /// Writes all of it.
    static func say(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(descriptor, bytes, bytes.count)
    }
}
