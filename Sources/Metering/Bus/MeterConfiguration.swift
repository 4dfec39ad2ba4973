public import Quantities

/// One meter on a bus.
public struct MeterConfiguration: Equatable, Sendable {
    public let profile: MeterProfile
    /// The unit number on the bus.
    public let unit: UInt8
    /// From the begin of one reading to the begin of the next.
    public let pollInterval: Nanoseconds
    public let limits: PlausibilityLimits
    public let role: Role

    /// What a meter's readings are for.
    public enum Role: Equatable, Sendable {
        /// Its energy is sold: of two meters that are due it is read first.
        case billing
        /// It watches a supply: its currents count, and what it makes of the energy does not.
        case supply
    }

    /// - Parameters:
    ///   - unit: 1 to 247, over TCP also 0 and 255; the profile's own where it is `nil`.
    ///   - pollInterval: Positive. At 9600 baud a reading takes 100 to 200 ms.
    ///
    /// Errors: `unitMissing` where neither states a unit number.
    public init(
        profile: MeterProfile, unit: UInt8? = nil, pollInterval: Nanoseconds = .seconds(1),
        limits: PlausibilityLimits, role: Role = .billing
    ) throws(MeteringError) {
        invariant(pollInterval > .zero, "a poll interval is positive")
        guard let unit = unit ?? profile.link.unit else { throw .unitMissing(profile: profile.id) }
        self.profile = profile
        self.unit = unit
        self.pollInterval = pollInterval
        self.limits = limits
        self.role = role
    }
}
