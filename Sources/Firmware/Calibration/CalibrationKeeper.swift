import BoardIO
import Quantities
import ServiceShell
import SignedRecords
import Synchronization

/// Keeps the calibrations of the converter channels: durable when they are made, in force from the next start.
///
/// A file that is damaged or cannot be read is not used, and that is said: the board profile's numbers, which no calibration was far
/// from, are in force then.
final class CalibrationKeeper: Sendable {
    typealias Store = SettingsKeeper.Store

    /// A channel of a connector.
    struct Place: Hashable, Sendable {
        var connector: UInt32
        var role: ConverterRole
    }

    /// Why nothing was kept.
    enum Failure: Error, Equatable {
        case refused(CalibrationError)
        /// The board has no such channel.
        case noChannel
        /// There is nothing to go back from.
        case nothingStored
        /// Whether it is kept is not known.
        case notKept(FirmwareError)
    }

    /// A point is taken along with a later one of the same technician for so long.
    static let freshFor = Nanoseconds.seconds(1_800)

    private struct State {
        var book: CalibrationBook
        var problem: String?
        /// The points of this run; none outlasts it.
        var points: [Place: [(point: CalibrationPoint, by: ContentHash, at: MonotonicInstant)]] = [:]
    }

    private let store: Store
    /// What this start found; in force while the firmware runs.
    private let found: CalibrationBook
    private let state: Mutex<State>

    /// Takes up what is kept.
    init(_ store: Store) {
        self.store = store
        var (book, problem) = (CalibrationBook(), String?.none)
        do throws(FirmwareError) {
            if let text = try store.read() {
                if let read = CalibrationBook(text: text) {
                    book = read
                } else {
                    problem = "the file calibration is damaged: no calibration is used"
                }
            }
        } catch {
            problem = "the file calibration cannot be read: no calibration is used: \(error)"
        }
        found = book
        state = Mutex(State(book: book, problem: problem))
    }

    /// What is wrong with what is stored; nil where it is whole.
    var problem: String? { state.withLock { $0.problem } }

    /// In force since this start.
    func inForce(_ connector: UInt32, on board: BoardProfile) -> CalibrationVerdict {
        CalibrationVerdict(found, connector: connector, board: board)
    }

    /// In force from the next start.
    func stored(_ connector: UInt32, on board: BoardProfile) -> CalibrationVerdict {
        CalibrationVerdict(state.withLock { $0.book }, connector: connector, board: board)
    }

    /// Takes a point in, with those of the same technician that go with it; durable when it returns.
    ///
    /// - Parameter utc: the wall clock in milliseconds since 1970; nil where it is not set.
    func take(
        _ point: CalibrationPoint, of place: Place, on board: BoardProfile, by technician: Technician,
        at now: MonotonicInstant, utc: Int64?
    ) throws(Failure) {
        guard let channel = board.wiring?.channel(place.role),
            let bounds = board.wiring?.calibrationBounds(place.role)
        else { throw .noChannel }
        try state.withLock { (state) throws(Failure) in
            let fresh = (state.points[place] ?? []).filter {
                $0.by == technician.hash && now - $0.at <= Self.freshFor
            }
            let made: ChannelCalibration
            do throws(CalibrationError) {
                made = try ChannelCalibration(
                    point, with: fresh.map(\.point), profile: channel.scale, bounds: bounds)
            } catch { throw .refused(error) }
            var book = state.book
            book.put(
                CalibrationEntry(
                    connector: place.connector, role: place.role, profile: ContentHash(hashing: board.fileBytes),
                    scale: made.scale, references: made.points.map(\.reference), residual: made.residual,
                    spread: made.points.map(\.spread).max() ?? .zero, name: technician.name,
                    certificate: technician.hash, serial: technician.serial, at: utc))
            try keep(book, &state)
            // What was not taken along is superseded.
            state.points[place] =
                fresh.filter { made.points.contains($0.point) } + [(point, technician.hash, now)]
        }
    }

    /// Forgets a channel's calibration; durable when it returns.
    func reset(_ place: Place) throws(Failure) {
        try state.withLock { (state) throws(Failure) in
            var book = state.book
            book.remove(place.connector, place.role)
            // A damaged file is replaced, too.
            guard book != state.book || state.problem != nil else { throw .nothingStored }
            try keep(book, &state)
            state.points[place] = nil
        }
    }

    private func keep(_ book: CalibrationBook, _ state: inout State) throws(Failure) {
        do throws(FirmwareError) { try store.replace(book.text) } catch { throw .notKept(error) }
        state.book = book
        state.problem = nil
    }
}
