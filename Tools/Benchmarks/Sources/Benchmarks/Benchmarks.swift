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
            try run(Wishes(words))
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
        default: return false
        }
        return true
    }

    private static func run(_ wishes: Wishes) throws {
        guard !wishes.isList else {
            for benchmark in Benchmark.all {
                say(
                    "\(benchmark.name): \(benchmark.summary)\(benchmark.isLong ? " (--long)" : "")\n", to: STDOUT_FILENO
                )
            }
            return
        }
        let machine = Machine()
        let conditions = Benchmark.Conditions(
            repetitions: wishes.isLong ? 21 : 7, operations: wishes.isLong ? 5_000 : 500, isLong: wishes.isLong,
            folder: wishes.folder, repository: wishes.repository, binaries: wishes.binaries)
        var figures: [Figure] = []
        for benchmark in wishes.benchmarks {
            let start = Stopwatch.wall.now()
            figures += try benchmark.run(conditions)
            let seconds = (Stopwatch.wall.now() - start) / 1_000_000_000
            say("benchmarks: \(benchmark.name): \(seconds) s\n", to: STDERR_FILENO)
        }
        let report =
            wishes.isJSON
            ? JSONReport.document(figures, of: wishes.benchmarks, on: machine)
            : TextReport.table(figures, of: wishes.benchmarks, on: machine)
        say(report + "\n", to: STDOUT_FILENO)
        if let plots = wishes.plots { try draw(figures, in: plots) }
    }

    private static func draw(_ figures: [Figure], in folder: String) throws {
        try write(Plot.ratios(figures), to: "\(folder)/ratios.svg")
        for figure in figures {
            guard let curve = figure.curve else { continue }
            let name = figure.name.filter { $0 != "," }.map { $0 == " " ? "-" : String($0) }.joined()
            try write(Plot.curve(figure, of: curve.of, curve.points), to: "\(folder)/\(name).svg")
        }
    }

    private static func write(_ text: String, to path: String) throws {
        let descriptor = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0o644)
        guard descriptor >= 0 else { throw BenchmarkFailed("\(path): open failed with errno \(errno)") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw BenchmarkFailed("\(path): write failed with errno \(errno)")
        }
    }

    /// Writes all of it.
    static func say(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(descriptor, bytes, bytes.count)
    }
}
