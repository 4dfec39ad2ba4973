import LedgerSamples
import LightClient
import PlatformLink
import Quantities

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
    private static let period = Duration.seconds(14 * day)
    /// Headers of the baseline that are fetched; the rest of a day is calculated.
    private static let fetched: Int64 = 10_000

    /// What one header costs where every one is fetched.
    private struct EachHeader {
        let bytes: Double
        /// Nanoseconds of the processor.
        let time: Double
    }

    private static func run(_ conditions: Benchmark.Conditions) throws -> [Figure] {
        let model = ModelChain(start: try Timestamp(seconds: 1_795_390_000), rotation: day)
        let each = try everyHeader(model)
        return try [1, 7, 13].map { try catchUp(model, days: $0, each, conditions) } + [
            try year(model, each, conditions)
        ]
    }

    private static func catchUp(
        _ model: ModelChain, days: Int64, _ each: EachHeader, _ conditions: Benchmark.Conditions
    ) throws -> Figure {
        let height = 1 + days * day
        let node = ModelNode(model, keepsAnswers: true)
        let anchor = try anchor(model, at: 1)
        var (times, traffic): ([Double], ModelNode.Traffic) = ([], .init())
        // The first run makes the answers.
        for round in 0...conditions.repetitions {
            node.begin(at: 1)
            let now = try model.time(at: height + 1)
            let synchroniser = try synchroniser(node, model, anchor, now: now)
            try follow(synchroniser, to: 1)
            node.begin(at: height)
            let start = process()
            try follow(synchroniser, to: height)
            let time = process() - start
            traffic = node.traffic
            if round > 0 { times.append(Double(time - traffic.making)) }
        }
        let every = each.bytes * Double(height - 1)
        return Figure(
            "catch-up \(days) d", .bytes, Pairing(subject: [Double(traffic.bytes)], baseline: [every]),
            against: everyName(each), aims: [.count("headers", atMost: 20), .subject(atMost: 1_000_000)],
            counts: [
                ("headers", Double(traffic.headers)), ("requests", Double(traffic.requests)),
                ("processor ms", Spread(times).median / 1e6),
                ("processor ms for every header", each.time * Double(height - 1) / 1e6),
            ])
    }

    /// A year later trust has expired; a person names a new anchor.
    private static func year(
        _ model: ModelChain, _ each: EachHeader, _ conditions: Benchmark.Conditions
    ) throws -> Figure {
        let height = 1 + 365 * day
        let store = try TrustedStore(directory: conditions.folder + "/anchor")
        let node = ModelNode(model, keepsAnswers: true)
        let first = try synchroniser(
            node, model, try anchor(model, at: 1), now: try model.time(at: 2), store: store)
        try follow(first, to: 1)
        node.begin(at: height + 3_600)
        let later = try synchroniser(
            node, model, try anchor(model, at: height), now: try model.time(at: height + 3_601), store: store,
            isReanchoring: true)
        let start = process()
        try follow(later, to: height + 3_600)
        let traffic = node.traffic
        let time = process() - start - traffic.making
        return Figure(
            "catch-up 365 d, new anchor", .bytes,
            Pairing(subject: [Double(traffic.bytes)], baseline: [each.bytes * Double(height - 1)]),
            against: everyName(each), aims: [.count("headers", atMost: 20), .subject(atMost: 1_000_000)],
            counts: [
                ("headers", Double(traffic.headers)), ("requests", Double(traffic.requests)),
                ("processor ms", Double(time) / 1e6),
            ])
    }

    /// Each header fetched and verified on the one before; what the model takes to make it does not count.
    private static func everyHeader(_ model: ModelChain) throws -> EachHeader {
        let node = ModelNode(model, keepsAnswers: false)
        let first = try model.block(at: 1)
        let now = try model.time(at: fetched + 10)
        let options = try TrustOptions(period: period)
        let start = process()
        try Waiting.value {
            let client = NodeClient(transport: node, deadline: .seconds(10))
            var trusted = first
            for height in 2...fetched + 1 {
                let block = try await client.lightBlock(at: height, known: trusted.validators)
                let verdict = Verifier.verify(
                    trusted: try TrustedState(trusted), untrusted: block, now: now, options: options)
                guard verdict == .success else { throw BenchmarkFailed("height \(height): \(verdict)") }
                trusted = block
            }
        }
        let traffic = node.traffic
        let time = process() - start - traffic.making
        return EachHeader(bytes: Double(traffic.bytes) / Double(fetched), time: Double(time) / Double(fetched))
    }

    private static func everyName(_ each: EachHeader) -> String {
        "every header: \(fetched) fetched and verified, the rest calculated from them"
    }

    private static func anchor(_ model: ModelChain, at height: Int64) throws -> TrustAnchor {
        guard let hash = try model.block(at: height).header.hash() else {
            throw BenchmarkFailed("a block without a hash")
        }
        return TrustAnchor(height: height, hash: hash)
    }

    private static func synchroniser(
        _ node: ModelNode, _ model: ModelChain, _ anchor: TrustAnchor, now: Timestamp, store: TrustedStore? = nil,
        isReanchoring: Bool = false
    ) throws -> Synchroniser {
        try Synchroniser(
            providers: Providers(primary: NodeClient(transport: node, deadline: .seconds(10))), chainID: model.chainID,
            anchor: anchor, options: try TrustOptions(period: period), store: store, reanchoring: isReanchoring,
            utc: { now })
    }

    private static func follow(_ synchroniser: Synchroniser, to height: Int64) throws {
        let found = try Waiting.value { try await synchroniser.advance().height }
        guard found == height else { throw BenchmarkFailed("height \(found) instead of \(height)") }
    }

    /// Nanoseconds of the processor that this process took.
    private static func process() -> Int64 { Stopwatch.process.now() }
}
