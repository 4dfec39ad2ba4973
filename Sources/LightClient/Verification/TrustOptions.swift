/// The share of the trusted validators that must have signed a block before a step over several heights is believed.
public struct TrustLevel: Hashable, Sendable {
    /// Above the line.
    public let numerator: Int64
    /// Below the line.
    public let denominator: Int64

    /// A level from 1/3 to 1.
    public init(_ numerator: Int64, _ denominator: Int64) throws(LightClientError) {
        guard numerator > 0, denominator > 0, numerator <= denominator,
            numerator >= denominator / 3 + (denominator % 3 == 0 ? 0 : 1)
        else {
            throw .invalidOption(name: "trust level", reason: "\(numerator)/\(denominator) is outside 1/3...1")
        }
        self.numerator = numerator
        self.denominator = denominator
    }

    private init(unchecked numerator: Int64, _ denominator: Int64) {
        self.numerator = numerator
        self.denominator = denominator
    }

    /// 1/3: at least one of the signers is honest as long as the trusted set was.
    public static let oneThird = TrustLevel(unchecked: 1, 3)
}

/// How far a trusted header carries.
public struct TrustOptions: Hashable, Sendable {
    /// How long a header is trusted after its time; above 0, two thirds of the chain's evidence window at most.
    public let period: Duration
    /// How far ahead of our clock a header's time may be.
    public let drift: Duration
    /// Share of the trusted validators needed for a skipping step.
    public let trustLevel: TrustLevel

    /// Longest accepted period and drift, a bound that keeps every sum in range.
    public static let longest = Duration.seconds(1_000_000_000_000)

    /// Options; refuses a period of 0 or less, a negative drift, and values above ``longest``.
    public init(
        period: Duration, drift: Duration = .seconds(10), trustLevel: TrustLevel = .oneThird
    ) throws(LightClientError) {
        guard period > .zero, period <= TrustOptions.longest else {
            throw .invalidOption(name: "trusting period", reason: "\(period) is outside 0...\(TrustOptions.longest)")
        }
        guard drift >= .zero, drift <= TrustOptions.longest else {
            throw .invalidOption(name: "clock drift", reason: "\(drift) is outside 0...\(TrustOptions.longest)")
        }
        self.period = period
        self.drift = drift
        self.trustLevel = trustLevel
    }
}
