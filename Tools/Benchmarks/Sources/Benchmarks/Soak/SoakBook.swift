import ChargeControl
import Journal
import Quantities
import SignedRecords

/// What a soak's sessions took, three times: by the register itself, by the signed records, by the ledger.
struct SoakBook {
    private static let remembered = 64

    /// The true register at each of the newest readings, by their numbers, mWh.
    private var registers = InlineArray<64, Int64>(repeating: 0)
    private var begun: Int64 = 0
    /// Sessions that ended, and how far the register rose from the reading of their begin to that of their end, mWh.
    private(set) var ended = 0
    private(set) var register: Int64 = 0
    /// Whole kilowatt-hours in tick records of ended sessions, and what their end records name beyond, mWh.
    private(set) var ticks: Int64 = 0
    private(set) var remainders: Int64 = 0
    private(set) var records = 0
    private(set) var sessions = 0
    /// Of the session whose records are being read.
    private var open: Int64 = 0
    private var read: UInt64 = 0

    init() {}

    /// What the records name: their whole kilowatt-hours and what is beyond, mWh.
    var recorded: Int64 { ticks * 1_000_000 + remainders }

    /// The meter was read at this register.
    mutating func note(reading number: UInt64, register: MilliwattHours) {
        registers[Int(number % UInt64(Self.remembered))] = register.rawValue
    }

    /// A session's begin is durable, or its end.
    mutating func begin(_ mark: SessionMark) { begun = register(at: mark) }

    mutating func end(_ mark: SessionMark) {
        ended += 1
        register += register(at: mark) - begun
    }

    private func register(at mark: SessionMark) -> Int64 {
        registers[Int(mark.sample.number % UInt64(Self.remembered))]
    }

    /// Reads the connector's records on, as they stand in the journal.
    mutating func read(_ journal: Journal) throws {
        guard let head = journal.head(of: LedgerProcess.connector), head.sequence > read else { return }
        for signed in try journal.records(of: LedgerProcess.connector, from: read + 1) {
            read = signed.record.sequence
            records += 1
            switch signed.record.body {
            case .begin: open = 0
            case .tick(let tick): open += Int64(tick.count)
            case .end(let end):
                let remainder = end.energy.rawValue - open * 1_000_000
                guard open == Int64(end.ticks), (0..<1_000_000).contains(remainder) else {
                    throw BenchmarkFailed(
                        "record \(read): \(open) ticks, the end names \(end.ticks) and \(end.energy.rawValue) mWh")
                }
                sessions += 1
                ticks += open
                remainders += remainder
            default: break
            }
        }
    }
}
