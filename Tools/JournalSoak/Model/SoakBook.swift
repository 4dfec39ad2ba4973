import Quantities
import SignedRecords

/// The energy by the published records alone, added up as an auditor would.
struct SoakBook {
    /// The energy of all sessions that ended.
    private(set) var sold: Int64 = 0
    private(set) var ticks: Int64 = 0
    private var open: SessionProgress?
    private var lastRegister: Int64?

    /// A session runs, by the records.
    var isOpen: Bool { open != nil }

    /// Takes the next published record.
    mutating func enter(_ signed: SignedRecord) throws(SoakBreach) {
        let place = "\(signed.record.chain)/\(signed.record.sequence)"
        switch signed.record.body {
        case .begin(let begin):
            guard open == nil else { throw SoakBreach("\(place) begins inside a session") }
            if let lastRegister, begin.reading.import.rawValue != lastRegister {
                throw SoakBreach(
                    "\(place) begins at \(begin.reading.import), the session before ended at \(lastRegister)")
            }
            open = SessionProgress(begin: begin, at: signed.head)
        case let body where body.session != nil:
            guard var progress = open else { throw SoakBreach("\(place) \(body.kind) stands outside a session") }
            do { _ = try progress.accept(body) } catch { throw SoakBreach("\(place): \(error)") }
            open = progress
            if case .tick(let tick) = body { ticks += Int64(tick.count) }
            if case .end(let end) = body {
                sold += end.energy.rawValue
                lastRegister = end.reading.import.rawValue
                let whole = end.energy.rawValue / Tick.boundary.rawValue
                guard Int64(end.ticks) == whole else {
                    throw SoakBreach("\(place): \(end.ticks) ticks for \(end.energy)")
                }
                open = nil
            }
        default: break
        }
    }
}
