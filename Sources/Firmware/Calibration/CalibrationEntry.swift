import BoardIO
import Quantities
import SignedRecords

/// One channel's calibration as it is kept: the two numbers, what they rest on, and who made them.
struct CalibrationEntry: Equatable, Sendable {
    var connector: UInt32
    var role: ConverterRole
    /// The hash of the board profile that it was made with, and is good for.
    var profile: ContentHash
    var scale: ConverterScale
    /// What was measured: one value, or two.
    var references: [Millivolts]
    /// What was left at the worse of them.
    var residual: Millivolts
    /// Between the lowest and the highest sample.
    var spread: Millivolts
    var name: String
    var certificate: ContentHash
    /// The certificate's number; nil without one.
    var serial: UInt64?
    /// Milliseconds since 1970; nil where the clock was not set.
    var at: Int64?

    /// A line of the file: words between blanks, `-` for what is not known, the name in hexadecimal behind an x.
    var line: String {
        [
            "\(connector)", role.rawValue, profile.hex, "\(scale.microvoltsPerCount)", "\(scale.offset.rawValue)",
            references.map { "\($0.rawValue)" }.joined(separator: ","), "\(residual.rawValue)", "\(spread.rawValue)",
            at.map { "\($0)" } ?? "-", serial.map { "\($0)" } ?? "-", certificate.hex,
            "x" + Hexadecimal.encode(name.utf8),
        ].joined(separator: " ")
    }
}

extension CalibrationEntry {
    /// Reads a line back; nil where it is none.
    init?(line: Substring) {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 12, let connector = UInt32(words[0]), let role = ConverterRole(rawValue: words[1]),
            let profile = try? ContentHash(hex: words[2]), let gain = Int64(words[3]), let offset = Int32(words[4]),
            let residual = Int32(words[6]), let spread = Int32(words[7]),
            let certificate = try? ContentHash(hex: words[10]), words[11].hasPrefix("x"),
            let name = Hexadecimal.decode(String(words[11].dropFirst()))
        else { return nil }
        let references = words[5].split(separator: ",", omittingEmptySubsequences: false).map { Int32($0) }
        guard (1...2).contains(references.count), !references.contains(nil) else { return nil }
        if words[8] != "-", Int64(words[8]) == nil { return nil }
        if words[9] != "-", UInt64(words[9]) == nil { return nil }
        self.init(
            connector: connector, role: role, profile: profile,
            scale: ConverterScale(microvoltsPerCount: gain, offset: Millivolts(offset)),
            references: references.compactMap { $0 }.map { Millivolts($0) }, residual: Millivolts(residual),
            spread: Millivolts(spread), name: String(decoding: name, as: UTF8.self), certificate: certificate,
            serial: UInt64(words[9]), at: Int64(words[8]))
    }
}
