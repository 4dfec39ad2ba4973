/// How many signatures the signer makes in a time: a bucket of tokens. Pure; a compromised daemon gets no more of the key than
/// this.
struct RequestRate: Sendable {
    /// A burst: eight connectors that each end a session and begin the next need far less.
    static let capacity: Int64 = 100
    /// Signatures a second in the long run.
    static let perSecond: Int64 = 50

    /// In billionths of a token.
    private var level = capacity * 1_000_000_000
    private var updated: Int64

    init(now: Int64) { updated = now }

    /// Takes a token where one is there.
    mutating func take(now: Int64) -> Bool {
        // After twice the time of a whole filling, more time adds nothing; it must not overflow either.
        let passed = min(max(0, now - updated), 2 * 1_000_000_000 * RequestRate.capacity / RequestRate.perSecond)
        updated = max(updated, now)
        level = min(RequestRate.capacity * 1_000_000_000, level + passed * RequestRate.perSecond)
        guard level >= 1_000_000_000 else { return false }
        level -= 1_000_000_000
        return true
    }
}
