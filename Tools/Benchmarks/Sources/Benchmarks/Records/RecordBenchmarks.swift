import Crypto
import DeviceKeys
import Foundation
import RecordAudit
import RecordSamples
import SignedRecords
import Threads

@testable import Journal

/// Records: what making, framing and checking them costs beyond the bare signature.
enum RecordBenchmarks {
    static let all = [
        Benchmark(
            name: "record",
            summary: "one tick: build, encode, sign, frame; in this process, and by the signer's process",
            leavesOut: "the write of the frame (journal); a TPM or token, which takes as long as it takes", run: record),
        Benchmark(
            name: "chain-verify",
            summary: "an export of 100,000 records: decode, links, sums, signatures, on two processors",
            leavesOut: "reading the export from a disk; more than two processors", run: chain),
    ]

    private static let bareCheck = "Ed25519 check of as many bytes, key parsed each time"

    private static func record(_ conditions: Benchmark.Conditions) throws -> [Figure] {
        let device = try BenchDevice()
        let example = try SignedRecord(
            signing: device.tick(1, behind: device.begin.hash), key: device.key, ledger: device.ledger)
        let message = example.message
        let signature = try device.key.signature(for: message)
        var index: UInt32 = 0
        let making = try Pairing.ofMany(conditions.repetitions) {
            index = index % 1_000_000 + 1
            let record = device.tick(index, behind: device.begin.hash)
            let signed = try SignedRecord(signing: record, key: device.key, ledger: device.ledger)
            consume(try frame(signed, index))
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
                "record", .time(.processor), making, against: "one Ed25519 signature of as many bytes",
                aims: [.ratio(atMost: 1.5)], counts: [("message bytes", Double(message.count))]),
            try SignerBenchmark.figure(device, conditions),
            Figure("record check", .time(.processor), checking, against: bareCheck, aims: []),
        ]
    }

    /// The frame as the journal writes it.
    static func frame(_ signed: SignedRecord, _ index: UInt32) throws -> [UInt8] {
        let frame = Frame(
            kind: .record, epoch: 1, slot: index, segment: 1, index: UInt64(index), durable: UInt64(index) - 1,
            previous: signed.record.previous, payload: signed.message)
        guard let bytes = frame.encode(slotBytes: 512), bytes.count == 512 else {
            throw BenchmarkFailed("a tick does not fit one sector")
        }
        return bytes
    }

    private static func chain(_ conditions: Benchmark.Conditions) throws -> [Figure] {
        try ProcessorSet.bound(to: 2) { [try chain(conditions, on: $0.count)] }
    }

    private static func chain(_ conditions: Benchmark.Conditions, on processors: Int) throws -> Figure {
        let device = try BenchDevice()
        // About nine records a session.
        let year = try SampleYear(seed: 1, sessions: 11_500, connectors: 2)
        let (export, records) = (year.export, year.chains.reduce(0) { $0 + $1.count })
        guard records >= 100_000 else { throw BenchmarkFailed("the year has only \(records) records") }
        let message = year.chains[1][year.chains[1].count / 2].message
        let signature = try device.key.signature(for: message)
        var computing: [Double] = []
        let pairing = try Pairing.ofRuns(conditions.repetitions) { _ in
            let (start, computed) = (Stopwatch.wall.now(), Stopwatch.process.now())
            let outcome = try Waiting.value {
                try await ParallelExportVerifier.verify(ExportSource(name: "benchmark", bytes: export))
            }
            let each = Double(Stopwatch.wall.now() - start) / Double(records)
            computing.append(Double(Stopwatch.process.now() - computed) / Double(records))
            guard outcome.fault == nil, outcome.verifier.records == records else {
                throw BenchmarkFailed("the export did not verify: \(outcome.fault.map { "\($0)" } ?? "too short")")
            }
            return each
        } baseline: { _ in
            let count = records / 10
            let start = Stopwatch.wall.now()
            for _ in 0..<count { try check(signature, message, device) }
            return Double(Stopwatch.wall.now() - start) / Double(count)
        }
        let together = try atOnce(processors, checks: records / 10) { try check(signature, message, device) }
        var figure = Figure(
            "chain-verify", .time(.wall), pairing, against: "\(bareCheck), on one core",
            aims: [.rate(atLeast: 1.8)],
            counts: [
                ("records", Double(records)), ("export bytes", Double(export.count)),
                ("processors", Double(processors)), ("processor us a record", Spread(computing).median / 1e3),
                ("us a check where all processors check", together / 1e3),
            ])
        if processors < 2 { figure.lacks = "this process may use one processor alone" }
        return figure
    }

    /// Nanoseconds by the wall clock of one check, where as many threads do nothing but check: what the machine has to give.
    private static func atOnce(
        _ threads: Int, checks: Int, _ check: @escaping @Sendable () throws -> Void
    ) throws -> Double {
        let start = Stopwatch.wall.now()
        let running = try (0..<threads).map { number in
            try DedicatedThread.start(name: "check-\(number)") { for _ in 0..<checks { try? check() } }
        }
        for thread in running { thread.join() }
        return Double(Stopwatch.wall.now() - start) / Double(threads * checks)
    }

    static func check(_ signature: some DataProtocol, _ message: [UInt8], _ device: BenchDevice) throws {
        let key = try Curve25519.Signing.PublicKey(rawRepresentation: device.publicKey)
        guard key.isValidSignature(signature, for: message) else { throw BenchmarkFailed("a good signature is bad") }
    }
}
