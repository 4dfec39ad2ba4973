import Glibc

/// `Benchmarks [--long] [--json] [--list] [--folder DIR] [NAME…]`; `Tools/bench` builds and starts it.
@main
enum Benchmarks {
    static func main() {
        do {
            exit(try run(Array(CommandLine.arguments.dropFirst())))
        } catch {
            say("benchmarks: \(error)\n", to: STDERR_FILENO)
            exit(1)
        }
    }

    private static func run(_ words: [String]) throws -> Int32 {
        var names: [String] = []
        var isLong = false
        var isJSON = false
        var folder = "."
        var rest = words[...]
        while let word = rest.popFirst() {
            switch word {
            case "--long": isLong = true
            case "--json": isJSON = true
            case "--list":
                for benchmark in Benchmark.all { say("\(benchmark.name): \(benchmark.summary)\n", to: STDOUT_FILENO) }
                return 0
            case "--folder":
                guard let path = rest.popFirst() else { throw BenchmarkFailed("--folder needs a path") }
                folder = path
            case _ where word.hasPrefix("-"): throw BenchmarkFailed("unknown option \(word)")
            default: names.append(word)
            }
        }
        let known = Benchmark.all.map(\.name)
        if let stranger = names.first(where: { !known.contains($0) }) {
            throw BenchmarkFailed("no benchmark \(stranger); there are: \(known.joined(separator: " "))")
        }
        let conditions = Benchmark.Conditions(
            samples: isLong ? 300 : 40, operations: isLong ? 5_000 : 500, folder: folder)
        if !isJSON { say(Report.heading() + "\n", to: STDOUT_FILENO) }
        for benchmark in Benchmark.all where names.isEmpty || names.contains(benchmark.name) {
            let result = try benchmark.run(conditions)
            let line = isJSON ? Report.json(benchmark.name, result) : Report.text(benchmark.name, result)
            say(line + "\n", to: STDOUT_FILENO)
        }
        return 0
    }

    private static func say(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        _ = write(descriptor, bytes, bytes.count)
    }
}
