import LedgerSamples
import LightClient
import RecordSamples
import Testing

@testable import LedgerNode

@Suite("State tree")
struct SparseMerkleTreeTests {
    private func key(_ number: Int) -> [UInt8] { Array("key/\(number)".utf8) }

    private func proof(_ tree: SparseMerkleTree, _ model: SampleState, _ key: [UInt8]) throws -> CommitmentProof? {
        let leaves = Dictionary(uniqueKeysWithValues: model.values.map { (Hash.sha256($0.key), $0) })
        return try tree.proof(of: key) { (path) throws(LedgerNodeError) in
            guard let leaf = leaves[path] else { throw .application(reason: "no leaf at \(path)") }
            return (leaf.key, leaf.value)
        }
    }

    private func expectProofs(_ tree: SparseMerkleTree, _ model: SampleState, _ keys: [[UInt8]], _ note: String) throws
    {
        for key in keys {
            let proof = try #require(try proof(tree, model, key), "\(note)")
            #expect(proof == model.proof(of: key), "\(note)")
            let read = try CommitmentProof(protobuf: proof.protobuf)
            if let value = model[key] {
                try read.verifyMembership(spec: .smt, root: tree.rootHash, key: key, value: value)
                #expect(throws: LightClientError.self) {
                    try read.verifyMembership(spec: .smt, root: tree.rootHash, key: key, value: value + [1])
                }
            } else {
                try read.verifyNonMembership(spec: .smt, root: tree.rootHash, key: key)
                // The same proof says nothing about a root with the key in it.
                var with = model
                with[key] = [1]
                #expect(throws: LightClientError.self) {
                    try read.verifyNonMembership(spec: .smt, root: with.root, key: key)
                }
            }
        }
    }

    @Test("empty, one leaf, and back")
    func small() throws {
        var tree = SparseMerkleTree()
        var model = SampleState()
        #expect(tree.rootHash == SparseMerkle.empty)
        #expect(try proof(tree, model, key(1)) == nil)
        model[key(1)] = [9]
        tree.apply([.init(path: .sha256(key(1)), valueHash: .sha256([9]))])
        #expect(tree.rootHash == SparseMerkle.leaf(keyHash: .sha256(key(1)), valueHash: .sha256([9])).bytes)
        try expectProofs(tree, model, (0..<20).map(key), "one leaf")
        guard case .existence(let only) = try proof(tree, model, key(1)) else {
            Issue.record("no existence proof")
            return
        }
        #expect(only.path.isEmpty)
        tree.apply([.init(path: .sha256(key(1)), valueHash: nil)])
        #expect(tree.rootHash == SparseMerkle.empty)
    }

    @Test("stays equal to the tree that is built anew, over random writes and removals", arguments: 0..<4)
    func random(run: Int) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("state tree run \(run) seed \(seed)")
        var random = SeededRandom(seed: seed)
        var tree = SparseMerkleTree()
        var model = SampleState([key(0): [1]])
        tree.apply([.init(path: .sha256(key(0)), valueHash: .sha256([1]))])
        for step in 0..<40 {
            let kept = tree
            var changes: [SparseMerkleTree.Change] = []
            for _ in 0..<(1 + random.next() % 12) {
                let key = key(1 + Int(random.next() % 60))
                guard !changes.contains(where: { $0.path == .sha256(key) }) else { continue }
                let value: [UInt8]? = random.oneIn(3) ? nil : [UInt8(truncatingIfNeeded: random.next())]
                model[key] = value
                changes.append(.init(path: .sha256(key), valueHash: value.map(Hash.sha256)))
            }
            let before = tree.rootHash
            tree.apply(changes)
            #expect(tree.rootHash == model.root, "seed \(seed), step \(step)")
            // The older tree is a value of its own.
            #expect(kept.rootHash == before, "seed \(seed), step \(step)")
            if step % 8 == 0 { try expectProofs(tree, model, (0..<70).map(key), "seed \(seed), step \(step)") }
        }
    }

    @Test("two keys that part only deep down still stand apart, with empty subtrees above")
    func deep() throws {
        // The first pair of numbers whose hashes agree in their first 16 bits.
        var seen: [UInt16: Int] = [:]
        var pair: (Int, Int)?
        var number = 0
        while pair == nil {
            let path = Hash.sha256(key(number)).bytes
            let prefix = UInt16(path[0]) << 8 | UInt16(path[1])
            if let other = seen[prefix] { pair = (other, number) }
            seen[prefix] = number
            number += 1
        }
        let (first, second) = try #require(pair)
        var model = SampleState([key(first): [1], key(second): [2]])
        var tree = SparseMerkleTree()
        tree.apply(model.values.map { .init(path: .sha256($0.key), valueHash: .sha256($0.value)) })
        #expect(tree.rootHash == model.root)
        let route = try #require(tree.route(to: .sha256(key(first))))
        #expect(route.steps.count >= 17)
        #expect(route.steps.dropLast().allSatisfy { $0.sibling == SparseMerkle.empty })
        try expectProofs(tree, model, (0..<40).map { key($0 + number) } + [key(first), key(second)], "deep")
        // Removing one pulls the other up to the root.
        model[key(second)] = nil
        tree.apply([.init(path: .sha256(key(second)), valueHash: nil)])
        #expect(tree.rootHash == model.root)
        #expect(tree.route(to: .sha256(key(first)))?.steps.isEmpty == true)
    }
}
