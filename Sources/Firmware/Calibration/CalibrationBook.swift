import BoardIO
import SignedRecords

/// Every calibration that is kept: one file, whose last line is the SHA-256 of what stands before it.
struct CalibrationBook: Equatable, Sendable {
    private(set) var entries: [CalibrationEntry] = []

    private static let format = "wattseal-calibration/1"

    /// No channel is calibrated.
    init() {}

    /// The entry of a channel.
    func entry(_ connector: UInt32, _ role: ConverterRole) -> CalibrationEntry? {
        entries.first { $0.connector == connector && $0.role == role }
    }

    /// Puts an entry in the place of the channel's own.
    mutating func put(_ entry: CalibrationEntry) {
        remove(entry.connector, entry.role)
        entries.append(entry)
    }

    /// Forgets a channel's.
    mutating func remove(_ connector: UInt32, _ role: ConverterRole) {
        entries.removeAll { $0.connector == connector && $0.role == role }
    }

    /// What is kept.
    var text: String {
        let body = ([Self.format] + entries.map(\.line)).map { $0 + "\n" }.joined()
        return body + Self.seal(body) + "\n"
    }

    private static func seal(_ body: String) -> String { "sum " + ContentHash(hashing: Array(body.utf8)).hex }

    /// Reads it back; nil where a byte of it is another.
    init?(text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 3, lines[0] == Self.format[...], lines.last == "" else { return nil }
        for line in lines[1..<(lines.count - 2)] {
            guard let entry = CalibrationEntry(line: line), self.entry(entry.connector, entry.role) == nil else {
                return nil
            }
            entries.append(entry)
        }
        // By bytes: two texts are equal where they only look the same.
        guard Array(text.utf8) == Array(self.text.utf8) else { return nil }
    }
}
