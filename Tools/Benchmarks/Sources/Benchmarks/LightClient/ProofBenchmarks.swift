import Crypto
import LightClient

/// What a charger believes: headers by signatures, state by Merkle paths.
enum ProofBenchmarks {
    static let all = [
        Benchmark(
            name: "header-verify", summary: "one light-client step over 100 blocks; 4, 100 and 150 validators",
            leavesOut:
                "fetching and decoding; verifying several signatures as a batch, which the library does not offer",
            run: headers),
        Benchmark(
            name: "state-proof", summary: "a state proof of 20 steps: a tree of a million keys",
            leavesOut: "fetching and decoding of the answer around it", run: stateProof),
    ]

    private static func headers(_ conditions: Benchmark.Conditions) throws -> [Figure] {
        let further = try openSSL()
        return try [4, 100, 150].map { try header(conditions, validators: $0, further) }
    }

    private static func header(
        _ conditions: Benchmark.Conditions, validators: Int, _ openSSL: Double
    ) throws -> Figure {
        let chain = try ProofChain(validators: validators)
        let trusted = try TrustedState(try chain.block(1))
        let block = try chain.block(101)
        let now = try chain.time(200)
        let options = try TrustOptions(period: .seconds(1_000_000))
        let key = try Curve25519.Signing.PublicKey(rawRepresentation: chain.keys[0].publicKey.rawRepresentation)
        let message = [UInt8](repeating: 7, count: 120)
        let signature = try chain.keys[0].signature(for: message)
        // More than two thirds of equal powers.
        let needed = validators * 2 / 3 + 1
        let pairing = try Pairing.ofMany(conditions.repetitions) {
            guard Verifier.verify(trusted: trusted, untrusted: block, now: now, options: options) == .success else {
                throw BenchmarkFailed("a good header is refused")
            }
        } baseline: {
            for _ in 0..<needed { consume(key.isValidSignature(signature, for: message)) }
        }
        return Figure(
            "header-verify \(validators)", .time(.processor), pairing,
            against: "\(needed) Ed25519 checks, keys parsed before", aims: [.ratio(atMost: 1.1)],
            counts: [
                ("validators", Double(validators)), ("checks", Double(needed)), ("one check by OpenSSL us", openSSL),
            ])
    }

    /// What `openssl speed ed25519` says of one check on one core, in microseconds: a library that is not the one we link.
    private static func openSSL() throws -> Double {
        let said = try Program.output(["openssl", "speed", "-seconds", "1", "ed25519"])
        // The last line: name, seconds a signature, seconds a check, signatures a second, checks a second.
        guard let line = said.split(separator: "\n").last(where: { $0.contains("Ed25519") }),
            let rate = line.split(separator: " ").last.flatMap({ Double($0) }), rate > 0
        else { throw BenchmarkFailed("openssl speed: expected its rates, found \(said)") }
        return 1e6 / rate
    }

    private static func stateProof(_ conditions: Benchmark.Conditions) throws -> [Figure] {
        let key = Array("head/\(String(repeating: "ab", count: 32))/1".utf8)
        let value = [UInt8](repeating: 5, count: 40)
        let keyHash = Hash.sha256(key)
        var node = SparseMerkle.leaf(keyHash: keyHash, valueHash: .sha256(value))
        var path: [InnerOp] = []
        let depth = 20
        for level in stride(from: depth - 1, through: 0, by: -1) {
            let sibling = Hash.sha256([UInt8(level)]).bytes
            let isRight = keyHash.bytes[level / 8] >> (7 - UInt8(level % 8)) & 1 == 1
            path.append(
                isRight ? SparseMerkle.step(rightChildBeside: sibling) : SparseMerkle.step(leftChildBeside: sibling))
            node = isRight ? SparseMerkle.inner(sibling, node.bytes) : SparseMerkle.inner(node.bytes, sibling)
        }
        let proof = CommitmentProof.existence(ExistenceProof(key: key, value: value, leaf: .smt, path: path))
        let bytes = proof.protobuf
        let block = [UInt8](repeating: 1, count: 65)
        let pairing = try Pairing.ofMany(conditions.repetitions) {
            try CommitmentProof(protobuf: bytes).verifyMembership(spec: .smt, root: node.bytes, key: key, value: value)
        } baseline: {
            for _ in 0..<depth + 3 { consume(SHA256.hash(data: block)) }
        }
        return [
            Figure(
                "state-proof", .time(.processor), pairing, against: "\(depth + 3) SHA-256 of 65 bytes", aims: [],
                counts: [("proof bytes", Double(bytes.count))])
        ]
    }
}
