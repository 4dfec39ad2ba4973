import Glibc

/// What the shipped daemon takes of a machine, and how long it takes to be there.
enum FootprintBenchmark {
    static let all = [
        Benchmark(
            name: "footprint",
            summary:
                "the shipped static wattseald on the simulated board with 1 and 4 connectors: size, memory, threads, descriptors, start",
            leavesOut:
                "the signer, a process of its own that shares the program's pages (its memory is a count); a board's drivers; the machine's boot",
            run: run)
    ]

    private static let baselineName = "a static Swift program that says hello and has a TLS client"

    private static func run(_ conditions: Benchmark.Conditions) throws -> [Figure] {
        let program = conditions.binaries + "/wattseald"
        let hello = conditions.binaries + "/tls-hello"
        var figures = [
            Figure(
                "footprint size", .bytes,
                Pairing(subject: [try size(program)], baseline: [try size(hello)]), against: baselineName,
                aims: [.subject(atMost: 30_000_000)])
        ]
        for connectors in [1, 4] { figures += try run(connectors, program, hello, conditions) }
        return figures
    }

    private static func run(
        _ connectors: Int, _ program: String, _ hello: String, _ conditions: Benchmark.Conditions
    ) throws -> [Figure] {
        let house = try ChargerHouse(connectors: connectors, conditions)
        defer { house.end() }
        // The first start makes keys and journal.
        _ = try house.start(program, settling: 0)
        _ = try house.hello(hello)
        var (starts, plain): ([ChargerHouse.Start], [ChargerHouse.Start]) = ([], [])
        for _ in 0..<conditions.repetitions {
            starts.append(try house.start(program, settling: 2_000_000))
            plain.append(try house.hello(hello))
        }
        // Memory that is not locked is not all there: it looks small, and a start that leaves it out looks quick.
        let lacks = starts.contains { $0.memory.locked == 0 } ? "the daemon has no memory locked" : nil
        func figure(
            _ name: String, _ unit: Figure.Unit, _ aim: Double?, _ value: (ChargerHouse.Start) -> Double,
            counts: [(name: String, value: Double)] = []
        ) -> Figure {
            var figure = Figure(
                "\(name), \(connectors)", unit, Pairing(subject: starts.map(value), baseline: plain.map(value)),
                against: baselineName, aims: aim.map { [.subject(atMost: $0)] } ?? [], counts: counts)
            if aim != nil { figure.lacks = lacks }
            return figure
        }
        var safe = Figure(
            "start to outputs safe, \(connectors)", .time(.wall), starts.map(\.safeAfter),
            against: "(the aim)", aims: [.subject(atMost: 50_000_000)])
        safe.lacks = lacks
        func median(_ value: (ChargerHouse.Start) -> Double) -> Double { Spread(starts.map(value)).median }
        return [
            figure(
                "footprint RSS", .bytes, 22_000_000, { $0.memory.resident },
                counts: [
                    ("connectors", Double(connectors)), ("locked bytes", median { $0.memory.locked }),
                    ("signer's RSS", median { $0.signer?.resident ?? 0 }),
                    ("signer's private bytes", median { $0.signer?.own ?? 0 }),
                ]),
            figure("footprint private", .bytes, 6_000_000) { $0.memory.own },
            figure("footprint threads", .count("threads"), nil) { $0.threads },
            figure("footprint descriptors", .count("open"), nil) { $0.descriptors },
            safe, figure("start to ready", .time(.wall), 500_000_000) { $0.readyAfter },
        ]
    }

    private static func size(_ path: String) throws -> Double {
        var status = stat()
        guard stat(path, &status) == 0 else { throw BenchmarkFailed("\(path): errno \(errno)") }
        return Double(status.st_size)
    }
}
