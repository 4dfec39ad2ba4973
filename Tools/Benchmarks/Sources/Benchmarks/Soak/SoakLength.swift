import Glibc

/// How long a soak is, and which one. `SOAK_DAYS`, `SOAK_SEED` and `SOAK_SEQUENCES` stand for other numbers, for trying it out and
/// for running one again.
struct SoakLength {
    let days: Int
    let seed: UInt64
    /// Independent sequences of at least two minutes each.
    let sequences: UInt64

    init() throws {
        func number(_ name: String, otherwise usual: UInt64) throws -> UInt64 {
            guard let text = getenv(name) else { return usual }
            guard let number = UInt64(String(cString: text)), number > 0 else {
                throw BenchmarkFailed("\(name): expected a number from 1, found \(String(cString: text))")
            }
            return number
        }
        days = Int(try number("SOAK_DAYS", otherwise: 30))
        seed = try number("SOAK_SEED", otherwise: 20_261_130)
        sequences = try number("SOAK_SEQUENCES", otherwise: 1_000)
    }
}
