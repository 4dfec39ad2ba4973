import Crypto

/// A record's signature over a record's bytes, on one core, in this run.
struct BareCheck {
    static let name = "Ed25519 check of as many bytes on one core"

    private let key: Curve25519.Signing.PrivateKey
    private let message: [UInt8]
    private let signature: [UInt8]

    init(_ street: SampleStreet) throws {
        key = try Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: 1, count: 32))
        message = [UInt8](repeating: 7, count: street.batches.reduce(0) { $0 + $1.count } / street.records)
        signature = Array(try key.signature(for: message))
    }

    /// Nanoseconds for each of so many checks.
    func measure(count: Int, with stopwatch: Stopwatch = .processor) throws -> Double {
        let publicKey = key.publicKey
        let start = stopwatch.now()
        for _ in 0..<count {
            guard publicKey.isValidSignature(signature, for: message) else {
                throw BenchmarkFailed("a good signature is bad")
            }
        }
        return Double(stopwatch.now() - start) / Double(count)
    }
}
