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
        for round in 0..<Pairing.rounds(conditions.repetitions) {
            for state in round.isMultiple(of: 2) ? states : states.reversed() {
                try state.measure(each, isKept: round >= Pairing.warmUps)
            }
        }
        return try updates(states) + [proof(states)]
    }

    /// What the state takes shows by the processor alone: by the wall clock the disk's flush is most of an update, and hides it.
    private static func updates(_ states: [SizedState]) throws -> [Figure] {
        let (small, large) = (states[0], states[states.count - 1])
        var update = Figure(
            "ledger update", .time(.processor),
            Pairing(subject: large.updates.processor, baseline: small.updates.processor),
            against: sameName(small), aims: [.ratio(atMost: 3)],
            counts: [
                ("keys", Double(large.keys)), ("tree MB", large.treeBytes / 1e6),
                ("database MB", try large.fileBytes() / 1e6), ("start ms", large.start / 1e6),
                ("start ms at \(small.keys) keys", small.start / 1e6),
                ("bare reading of all rows ms", try large.reading() / 1e6),
            ])
        update.curve = curve(states, against: rowName, \.updates.processor, \.bare.processor)
        var durable = Figure(
            "ledger update durable", .time(.wall), Pairing(subject: large.updates.wall, baseline: small.updates.wall),
            against: sameName(small), aims: [])
        durable.curve = curve(states, against: rowName, \.updates.wall, \.bare.wall)
        let bare = Figure(
            "ledger update and hash map", .time(.wall), Pairing(subject: large.updates.wall, baseline: large.bare.wall),
            against: rowName, aims: [])
        return [update, durable, bare]
    }

    private static func proof(_ states: [SizedState]) -> Figure {
        let (small, large) = (states[0], states[states.count - 1])
        var proof = Figure(
            "ledger proof", .time(.processor),
            Pairing(subject: large.proofs.processor, baseline: small.proofs.processor),
            against: sameName(small), aims: [.ratio(atMost: 3)])
        proof.curve = curve(states, against: "looking a key up in a hash map", \.proofs.processor, \.lookups.processor)
        return proof
    }

    private static let rowName = "a hash map and a row in SQLite, WAL FULL, without proofs"

    private static func sameName(_ state: SizedState) -> String { "the same in a state of \(state.keys) keys" }

    private static func curve(
        _ states: [SizedState], against name: String, _ subject: (SizedState) -> [Double],
        _ baseline: (SizedState) -> [Double]
    ) -> Figure.Curve {
        Figure.Curve(
            size: "keys", baselineName: name,
            points: states.map {
                .init(size: Double($0.keys), subject: Spread(subject($0)).median, baseline: Spread(baseline($0)).median)
            })
    }
}
