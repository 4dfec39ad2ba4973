internal import Glibc
public import Ledger

/// A place on earth, `LATITUDE,LONGITUDE` in degrees with up to six digits behind the point.
public struct Place: Hashable, Sendable {
    /// Degrees north × 10^6.
    public let latitude: Int64
    /// Degrees east × 10^6.
    public let longitude: Int64

    /// Where a site says that it is.
    public init(_ site: Site) {
        latitude = site.latitude
        longitude = site.longitude
    }

    /// Throws `WalletError.argument` for a text that is no place.
    public init(text: String) throws(WalletError) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(Self.degrees)
        guard parts.count == 2, let latitude = parts[0], let longitude = parts[1], abs(latitude) <= 90_000_000,
            abs(longitude) <= 180_000_000
        else {
            throw .argument(name: "place \"\(text)\"", reason: "expected LATITUDE,LONGITUDE like 48.137154,11.575382")
        }
        self.latitude = latitude
        self.longitude = longitude
    }

    private static func degrees(_ text: Substring) -> Int64? {
        let isNegative = text.hasPrefix("-")
        let parts = text.dropFirst(isNegative ? 1 : 0).split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
            (1...3).contains(parts[0].count), let whole = Int64(parts[0])
        else { return nil }
        var fraction: Int64 = 0
        if parts.count == 2 {
            guard (1...6).contains(parts[1].count), let digits = Int64(parts[1]) else { return nil }
            fraction = digits * [100_000, 10_000, 1_000, 100, 10, 1][parts[1].count - 1]
        }
        return (isNegative ? -1 : 1) * (whole * 1_000_000 + fraction)
    }

    /// As it is read.
    public var text: String {
        [latitude, longitude].map { degrees in
            let digits = String(abs(degrees) % 1_000_000 + 1_000_000).dropFirst()
            return "\(degrees < 0 ? "-" : "")\(abs(degrees) / 1_000_000).\(digits)"
        }.joined(separator: ",")
    }

    /// Metres along a sphere of the earth's mean radius: within half a percent of the way as the crow flies.
    public func distance(to other: Place) -> Int64 {
        func radians(_ degrees: Int64) -> Double { Double(degrees) / 1e6 * .pi / 180 }
        let north = sin(radians(other.latitude - latitude) / 2)
        let east = sin(radians(other.longitude - longitude) / 2)
        let chord = north * north + cos(radians(latitude)) * cos(radians(other.latitude)) * east * east
        return Int64((2 * 6_371_009 * asin(min(1, chord.squareRoot()))).rounded())
    }
}
