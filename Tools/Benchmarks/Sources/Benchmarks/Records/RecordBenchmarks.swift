import Crypto
import Foundation
import SignedRecords

/// Records: what signing and checking cost beyond the bare signature.
enum RecordBenchmarks {
    static let all = [
        Benchmark(
            name: "record", summary: "encode a tick, check it, sign it, hash it; read one and check it",
            leavesOut: "the journal's write", run: record),
        Benchmark(
            name: "chain-verify", summary: "a chain of records: decode, links, sums, signatures",
            leavesOut: "reading the export from a disk", run: chain),
    ]

    private static let bareCheck = "Ed25519 check of as many bytes, key parsed each time"

    private static func record(_ conditions: Benchmark.Conditions) throws -> [Figure] {
        let device = try SampleDevice()
        let record = device.tick(1, behind: device.begin.hash)
        let signed = try SignedRecord(signing: record, key: device.key, ledger: device.ledger)
        let message = signed.message
        let signature = try device.key.signature(for: message)
        let signing = try Pairing.ofMany(conditions.repetitions) {
            consume(try SignedRecord(signing: record, key: device.key, ledger: device.ledger))
        } baseline: {
            consume(try device.key.signature(for: message))
        }
        let checking = try Pairing.ofMany(conditions.repetitions) {
            try SignedRecord(decoding: message).verify(ed25519: device.publicKey, ledger: device.ledger)
        } baseline: {
            try check(signature, message, device)
        }
        return [
            Figure(
                "record", .time(.processor), signing, against: "Ed25519 signature of as many bytes",
                aims: [.ratio(atMost: 1.5)], counts: [("message bytes", Double(message.count))]),
            Figure("record check", .time(.processor), checking, against: bareCheck, aims: []),
        ]
    }

    private static func chain(_ conditions: Benchmark.Conditions) throws -> [Figure] {
        let device = try SampleDevice()
        let messages = try ([device.begin] + device.ticks(499)).map(\.message)
        let first = try ChainVerifier(
            connector: .connector(1), genesis: device.genesis, keys: try KeyHistory(ed25519: device.publicKey))
        let signature = try device.key.signature(for: messages[1])
        let pairing = try Pairing.ofRuns(conditions.repetitions) { _ in
            var verifier = first
            let start = Stopwatch.processor.now()
            for message in messages { try verifier.accept(try SignedRecord(decoding: message)) }
            let each = Double(Stopwatch.processor.now() - start) / Double(messages.count)
            guard verifier.head?.sequence == UInt64(messages.count) else {
                throw BenchmarkFailed("the chain did not verify")
            }
            return each
        } baseline: { _ in
            let start = Stopwatch.processor.now()
            for _ in messages { try check(signature, messages[1], device) }
            return Double(Stopwatch.processor.now() - start) / Double(messages.count)
        }
        return [
            Figure(
                "chain-verify", .time(.processor), pairing, against: bareCheck, aims: [],
                counts: [("records", Double(messages.count))])
        ]
    }

    private static func check(_ signature: some DataProtocol, _ message: [UInt8], _ device: SampleDevice) throws {
        let key = try Curve25519.Signing.PublicKey(rawRepresentation: device.publicKey)
        guard key.isValidSignature(signature, for: message) else { throw BenchmarkFailed("a good signature is bad") }
    }
}
