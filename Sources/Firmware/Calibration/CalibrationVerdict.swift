import BoardIO
import SignedRecords

/// What a start makes of the calibrations that are kept for a connector, with the board profile that it has now.
struct CalibrationVerdict: Equatable, Sendable {
    /// In force in place of the profile's numbers.
    private(set) var used: [ConverterRole: CalibrationEntry] = [:]
    /// Left out, and why.
    private(set) var unused: [ConverterRole: String] = [:]

    /// Judges what a book has for a connector: nothing is used that was made with another profile, or that lies beyond the bounds.
    init(_ book: CalibrationBook, connector: UInt32, board: BoardProfile) {
        let profile = ContentHash(hashing: board.fileBytes)
        for entry in book.entries where entry.connector == connector {
            guard entry.profile == profile else {
                unused[entry.role] = "it was made with another board profile, \(entry.profile.hex.prefix(16))"
                continue
            }
            guard let channel = board.wiring?.channel(entry.role),
                let bounds = board.wiring?.calibrationBounds(entry.role)
            else {
                unused[entry.role] = "the board has no such channel"
                continue
            }
            do throws(CalibrationError) {
                try bounds.check(entry.scale, against: channel.scale)
                used[entry.role] = entry
            } catch {
                unused[entry.role] = "\(error)"
            }
        }
    }

    /// For the board's driver.
    var scales: [ConverterRole: ConverterScale] { used.mapValues(\.scale) }
}
