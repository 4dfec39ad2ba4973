/// The ledger's state at 10^3 to 10^6 keys.
enum LedgerSizeBenchmark {
    static let all = [
        Benchmark(
            name: "ledger-size", summary: "one key's update, durable, and one proof, in a state of 10^3 to 10^6 keys",
            leavesOut: "checking transactions; the RPC", run: size)
    ]

    private static let sizes = [1_000, 10_000, 100_000, 1_000_000]

    private static func size(_ conditions: Benchmark.Conditions) throws -> [Figure] {
        let states = try sizes.map { try SizedState(conditions.folder + "/\($0).sqlite", keys: $0) }
        let each = max(conditions.operations / conditions.repetitions, 20)
        // The first round warms up. All sizes take turns, the smallest first as often as the largest.
        for round in 0...conditions.repetitions {
            for state in round.isMultiple(of: 2) ? states : states.reversed() {
                try state.measure(each, isKept: round > 0)
            }
        }
        return try figures(states)
    }

    private static func figures(_ states: [SizedState]) throws -> [Figure] {
        let (small, large) = (states[0], states[states.count - 1])
        var update = Figure(
            "ledger update", .time(.wall), Pairing(subject: large.updates, baseline: small.updates),
            against: "the same in a state of \(small.keys) keys", aims: [.ratio(atMost: 3)],
            counts: [
                ("keys", Double(large.keys)), ("tree MB", large.treeBytes / 1e6),
                ("database MB", try large.fileBytes() / 1e6), ("start ms", large.start / 1e6),
                ("start ms at \(small.keys) keys", small.start / 1e6),
                ("bare reading of all rows ms", try large.reading() / 1e6),
            ])
        update.curve = (
            "keys; grey: a hash map and a row in SQLite",
            states.map {
                .init(size: Double($0.keys), subject: Spread($0.updates).median, baseline: Spread($0.bare).median)
            }
        )
        var proof = Figure(
            "ledger proof", .time(.processor), Pairing(subject: large.proofs, baseline: small.proofs),
            against: "the same in a state of \(small.keys) keys", aims: [.ratio(atMost: 3)])
        proof.curve = (
            "keys; grey: looking it up in a hash map",
            states.map {
                .init(size: Double($0.keys), subject: Spread($0.proofs).median, baseline: Spread($0.lookups).median)
            }
        )
        let bare = Figure(
            "ledger update and hash map", .time(.wall), Pairing(subject: large.updates, baseline: large.bare),
            against: "a hash map and a row in SQLite, WAL FULL, without proofs", aims: [])
        return [update, proof, bare]
    }
}
