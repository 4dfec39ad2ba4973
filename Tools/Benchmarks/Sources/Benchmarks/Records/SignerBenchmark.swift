import Crypto
import DeviceKeys
import Glibc
import PacketSockets
import SignedRecords

/// A record signed by a signer in a process of its own, against packets of the same lengths to and from a process that only
/// answers.
///
/// The signer takes 50 requests a second in the long run, so both are asked at that pace: each finds its process asleep, as in
/// a charger.
enum SignerBenchmark {
    /// Microseconds from one request to the next.
    private static let pace: useconds_t = 25_000
    private static let samples = 30

    static func figure(_ device: BenchDevice, _ conditions: Benchmark.Conditions) throws -> Figure {
        let signer = try SignerClient(
            .child(SignerLauncher(program: "/proc/self/exe", arguments: ["--be-signer"])))
        // As long as a tick's request and its answer.
        let (request, reply) = (224, 288)
        let echo = try Child(words: ["/proc/self/exe", "--be-echo", "\(reply)"], hasSocket: true)
        defer { echo.end() }
        var index: UInt32 = 0
        var previous = device.begin.hash
        // The begin record is what the signer knows of the chain.
        var durable = device.begin.record.sequence
        func next() throws {
            index += 1
            let record = device.tick(index, behind: previous)
            let signed = try signer.sign(record, ledger: device.ledger, durableHead: durable)
            consume(try RecordBenchmarks.frame(signed, index))
            (previous, durable) = (signed.hash, signed.record.sequence)
        }
        try next()
        // One behind the other, as no charger asks: what the pauses cost shows beside it. The signer has tokens for so many.
        let warm = (
            try median(behind: 0) { try next() },
            try median(behind: 0) { try echo.roundTrip(request: request, reply: reply) }
        )
        let pairing = try Pairing.ofRuns(conditions.repetitions) { _ in
            try median(behind: pace) { try next() }
        } baseline: { _ in
            try median(behind: pace) { try echo.roundTrip(request: request, reply: reply) }
        }
        let (sign, check) = try bare(device)
        return Figure(
            "record by signer", .time(.wall), pairing,
            against: "a round trip of such packets to a process that only answers",
            aims: [.ratio(atMost: 1.5)],
            counts: [
                ("one Ed25519 signature us", sign / 1_000), ("one Ed25519 check us", check / 1_000),
                ("without pauses us", warm.0 / 1_000), ("round trip without pauses us", warm.1 / 1_000),
            ])
    }

    /// The median of so many, each behind a pause.
    private static func median(behind pause: useconds_t, _ operation: () throws -> Void) rethrows -> Double {
        Spread(
            try (0..<samples).map { _ in
                usleep(pause)
                let start = Stopwatch.wall.now()
                try operation()
                return Double(Stopwatch.wall.now() - start)
            }
        ).median
    }

    /// What signing and checking alone take, in nanoseconds of the processor.
    private static func bare(_ device: BenchDevice) throws -> (sign: Double, check: Double) {
        let message = [UInt8](repeating: 7, count: 274)
        let signature = try device.key.signature(for: message)
        let pairing = try Pairing.ofMany(5) {
            consume(try device.key.signature(for: message))
        } baseline: {
            try RecordBenchmarks.check(signature, message, device)
        }
        return (Spread(pairing.subject).median, Spread(pairing.baseline).median)
    }

    /// `--be-signer`: the shipped signer's desk, over keys in memory.
    static func beSigner() throws {
        let server = try SignerServer(
            signer: try RecordSigner(vault: try MemoryVault()), listeningAt: nil, inherited: SignerLauncher.descriptor,
            user: nil, log: { _ in })
        try server.run(until: { false })
    }

    /// `--be-echo N`: answers each packet with one of N bytes, until the other end closes.
    static func beEcho(_ reply: Int) {
        var packet = [UInt8](repeating: 0, count: 4_096)
        let answer = [UInt8](repeating: 1, count: reply)
        while recv(SignerLauncher.descriptor, &packet, packet.count, 0) > 0 {
            guard send(SignerLauncher.descriptor, answer, answer.count, Int32(MSG_NOSIGNAL)) == answer.count else {
                return
            }
        }
    }
}

/// Keys in memory: the benchmark's device, no storage. They are parsed once, as the shipped vault's are.
private final class MemoryVault: KeyVault {
    let protection = KeyProtection.software
    let madeKeys = false
    private let ed25519: Curve25519.Signing.PrivateKey
    private let p256: P256.Signing.PrivateKey

    init() throws {
        let seed = [UInt8](repeating: 1, count: 32)
        ed25519 = try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        p256 = try P256.Signing.PrivateKey(rawRepresentation: seed)
    }

    func epochs() throws(KeyStoreError) -> [UInt32] { [1] }

    func publicKeys(epoch: UInt32) throws(KeyStoreError) -> DevicePublicKeys {
        DevicePublicKeys(
            ed25519: Array(ed25519.publicKey.rawRepresentation), p256: Array(p256.publicKey.x963Representation))
    }

    func signEd25519(_ message: [UInt8], epoch: UInt32) throws(KeyStoreError) -> [UInt8] {
        do { return Array(try ed25519.signature(for: message)) } catch { throw .signingFailed }
    }

    func signP256(_ message: [UInt8], epoch: UInt32) throws(KeyStoreError) -> [UInt8] {
        do { return Array(try p256.signature(for: message).rawRepresentation) } catch { throw .signingFailed }
    }

    func make(epoch: UInt32) throws(KeyStoreError) {}
    func destroy(epoch: UInt32) throws(KeyStoreError) {}
}
