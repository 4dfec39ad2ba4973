import LightClient
import Testing

/// A primary and witnesses in memory, and a detector led among them step by step.
struct DetectorBench {
    /// How a node answers.
    struct Node {
        /// Its chain; nil where it has no such block, or no longer.
        var block: (Int64) throws -> LightBlock?
        /// Its newest height; rises by one with each wait where `grows`.
        var newest: Int64
        var grows = false
        /// Silent nodes answer nothing.
        var isSilent = false
    }

    /// What a run did, in words that tests compare.
    struct Run {
        var outcome: Detector.Outcome?
        var steps: [String] = []
        var waited = Duration.zero
        var evidence: [(evidence: AttackEvidence, to: Detector.Provider)] = []
        var standings: [String: WitnessStanding] = [:]
    }

    var chainID = TestChain.id
    var options: TrustOptions
    var now: Timestamp
    var trace: [LightBlock]
    var primary: Node
    var witnesses: [(name: String, node: Node)]

    func run() throws -> Run {
        var run = Run()
        var nodes = Dictionary(uniqueKeysWithValues: witnesses.map { ($0.name, $0.node) })
        var detector = Detector(trace: trace, witnesses: witnesses.map(\.name), chainID: chainID, options: options)
        for _ in 0..<300 {
            switch detector.step {
            case .ask(let height, let asked):
                run.steps.append("ask \(height) \(asked.joined(separator: ","))")
                detector.answered(try Self.answers(asked, nodes) { try Self.header(of: $0, at: height) })
            case .askNewest(let asked):
                run.steps.append("newest \(asked.joined(separator: ","))")
                detector.answered(try Self.answers(asked, nodes) { try Self.header(of: $0, at: $0.newest) })
            case .wait(let piece):
                run.waited += piece
                for name in nodes.keys where nodes[name]?.grows == true { nodes[name]?.newest += 1 }
                detector.waited()
            case .fetch(let height, let source):
                run.steps.append("fetch \(height) \(Self.name(source))")
                let node: Node? =
                    switch source {
                    case .primary: primary
                    case .witness(let name): nodes[name]
                    }
                if let node, !node.isSilent, let block = try node.block(height) {
                    detector.fetched(block, now: now)
                } else {
                    detector.fetchFailed("gone")
                }
            case .halt(let divergence):
                run.steps.append("halt \(divergence.commonHeight)")
                detector.halted()
            case .report(let evidence, let receiver):
                run.steps.append("report \(Self.name(receiver))")
                run.evidence.append((evidence, receiver))
                detector.reported(now: now)
            case .done(let outcome):
                run.outcome = outcome
                for (name, standing) in detector.standings { run.standings[name] = standing }
                return run
            }
        }
        Issue.record("no end after 300 steps: \(run.steps.suffix(6))")
        return run
    }

    private static func name(_ provider: Detector.Provider) -> String {
        switch provider {
        case .primary: "primary"
        case .witness(let name): name
        }
    }

    private static func answers(
        _ asked: [String], _ nodes: [String: Node], _ question: (Node) throws -> WitnessAnswer
    ) throws -> [String: WitnessAnswer] {
        var answers: [String: WitnessAnswer] = [:]
        for name in asked {
            guard let node = nodes[name], !node.isSilent else { continue }
            answers[name] = try question(node)
        }
        return answers
    }

    private static func header(of node: Node, at height: Int64) throws -> WitnessAnswer {
        guard height <= node.newest else { return .notYet }
        guard let block = try node.block(height) else { return .none("pruned") }
        return .header(block.signedHeader)
    }
}

extension DetectorBench {
    /// Four validators whose honest chain stands at 12; the primary verified 12 from 1 over 5 and 9.
    static func usual(
        primary: @escaping (TestChain, Int64) throws -> LightBlock = { try $0.block($1) },
        witnesses: [(String, (TestChain) -> Node)]
    ) throws -> DetectorBench {
        let chain = try TestChain(4)
        let heights: [Int64] = [1, 5, 9, 12]
        return DetectorBench(
            options: try TrustOptions(period: .seconds(86_400)), now: try TestChain.time(13),
            trace: try heights.map { try primary(chain, $0) },
            primary: Node(block: { try primary(chain, $0) }, newest: 12),
            witnesses: witnesses.map { ($0.0, $0.1(chain)) })
    }

    /// A node with the honest chain up to a height.
    static func honest(_ newest: Int64 = 12) -> (TestChain) -> Node {
        { chain in Node(block: { try chain.block($0) }, newest: newest) }
    }

    /// A node whose chain has another app hash from a height on: signed by all, as a bought third could not refuse.
    static func lunatic(from fork: Int64, newest: Int64 = 12) -> (TestChain) -> Node {
        { chain in Node(block: { try Self.lie(chain, $0, from: fork) }, newest: newest) }
    }

    static func lie(_ chain: TestChain, _ height: Int64, from fork: Int64) throws -> LightBlock {
        try chain.block(height) { if height >= fork { $0.appHash = [6, 6, 6] } }
    }
}
