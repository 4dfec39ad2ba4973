import Crypto
import SignedRecords

/// Records: what signing and checking cost beyond the bare signature.
enum RecordBenchmarks {
    static let all = [
        Benchmark(name: "record-sign", summary: "encode a tick, check it, sign it, hash it", run: sign),
        Benchmark(
            name: "record-verify", summary: "decode a tick's message strictly and check its signature", run: verify),
        Benchmark(name: "chain-verify", summary: "one record of a chain: decode, links, sums, signature", run: chain),
    ]

    private static func sign(_ conditions: Benchmark.Conditions) throws -> Benchmark.Result {
        let device = try SampleDevice()
        let record = device.tick(1, behind: device.begin.hash)
        let signed = try SignedRecord(signing: record, key: device.key, ledger: device.ledger)
        let measured = try Measurement.ofMany(samples: conditions.samples) {
            consume(try SignedRecord(signing: record, key: device.key, ledger: device.ledger))
        }
        let baseline = try Measurement.ofMany(samples: conditions.samples) {
            consume(try device.key.signature(for: signed.message))
        }
        return Benchmark.Result(
            measured: measured, stopwatch: .processor, baselineName: "Ed25519 signature of as many bytes",
            baseline: baseline, counts: [("message bytes", Double(signed.message.count))])
    }

    private static func verify(_ conditions: Benchmark.Conditions) throws -> Benchmark.Result {
        let device = try SampleDevice()
        let message = try device.ticks(1)[0].message
        let measured = try Measurement.ofMany(samples: conditions.samples) {
            try SignedRecord(decoding: message).verify(ed25519: device.publicKey, ledger: device.ledger)
        }
        return Benchmark.Result(
            measured: measured, stopwatch: .processor, baselineName: "Ed25519 check of as many bytes, key parsed",
            baseline: try bareCheck(device, message, conditions))
    }

    private static func chain(_ conditions: Benchmark.Conditions) throws -> Benchmark.Result {
        let device = try SampleDevice()
        let messages = try ([device.begin] + device.ticks(499)).map(\.message)
        let first = try ChainVerifier(
            connector: .connector(1), genesis: device.genesis,
            keys: try KeyHistory(ed25519: device.publicKey))
        var times: [Double] = []
        for _ in 0..<max(3, conditions.samples / 10) {
            var verifier = first
            let start = Stopwatch.processor.now()
            for message in messages { try verifier.accept(try SignedRecord(decoding: message)) }
            times.append(Double(Stopwatch.processor.now() - start) / Double(messages.count))
            guard verifier.head?.sequence == UInt64(messages.count) else {
                throw BenchmarkFailed("the chain did not verify")
            }
        }
        return Benchmark.Result(
            measured: Measurement(times), stopwatch: .processor,
            baselineName: "Ed25519 check of as many bytes, key parsed",
            baseline: try bareCheck(device, messages[1], conditions), counts: [("records", Double(messages.count))])
    }

    private static func bareCheck(
        _ device: SampleDevice, _ message: [UInt8], _ conditions: Benchmark.Conditions
    ) throws -> Measurement {
        let signature = try device.key.signature(for: message)
        return try Measurement.ofMany(samples: conditions.samples) {
            let key = try Curve25519.Signing.PublicKey(rawRepresentation: device.publicKey)
            guard key.isValidSignature(signature, for: message) else {
                throw BenchmarkFailed("a good signature is bad")
            }
        }
    }
}
