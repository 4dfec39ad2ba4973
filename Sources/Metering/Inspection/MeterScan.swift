public import Quantities

/// What a scan looks for.
public struct MeterScan: Equatable, Sendable {
    public let target: Target
    /// Unit numbers in the order in which they are tried.
    public let units: [UInt8]
    /// The meters that can be recognised.
    public let profiles: [MeterProfile]

    public enum Target: Equatable, Sendable {
        case tcp(host: String, port: UInt16)
        /// A serial device, and the settings that are tried one after the other.
        case rtu(device: String, lines: [SerialLine])
    }

    public init(target: Target, units: [UInt8], profiles: [MeterProfile]) {
        self.target = target
        self.units = units
        self.profiles = profiles
    }

    /// The settings that meters leave the factory with by their profiles, the most frequent first, then the others that
    /// meters can be set to.
    public static func lines(of profiles: [MeterProfile]) -> [SerialLine] {
        var counts: [(line: SerialLine, count: Int)] = []
        for line in profiles.compactMap(\.link.line) {
            if let index = counts.firstIndex(where: { $0.line == line }) {
                counts[index].count += 1
            } else {
                counts.append((line, 1))
            }
        }
        let usual = counts.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
            .map(\.element.line)
        let others = ["8N1", "8E1", "8O1", "8N2"].flatMap { format in
            [9_600, 19_200, 2_400, 38_400, 115_200, 57_600, 4_800, 1_200].compactMap { baud in
                try? SerialLine(baud: baud, format: format)
            }
        }
        return usual + others.filter { !usual.contains($0) }
    }
}

/// A unit that answered.
public struct MeterFinding: Equatable, Sendable {
    /// The line's settings; `nil` over TCP.
    public let line: SerialLine?
    public let unit: UInt8
    /// The profiles that describe this meter, the one with the most proofs first; none where no profile does.
    public let matches: [Match]

    public struct Match: Equatable, Sendable {
        public let profileID: String
        public let vendor: String
        public let model: String
        /// Empty where the meter cannot tell it.
        public let serial: String
        public let energy: MilliwattHours
        /// How many registers spoke for it: model code, serial number, guards, a frequency that a mains can have.
        public let proofs: Int
    }
}
