import Ledger
import SignedRecords

/// What a run of worlds went through.
public struct SoakTally: Sendable {
    public var worlds = 0
    public var transactions = 0
    var kinds: [TransactionBody.Kind: Int] = [:]
    var refused: [TransactionBody.Kind: Int] = [:]
    var codes: [UInt32: Int] = [:]
    var records: [RecordKind: Int] = [:]
    var batches = 0
    var duplicates = 0
    var malformed = 0
    var equivocations = 0
    var begun = 0
    var unpaidBegins = 0
    var keptFromOthers = 0
    var settled = 0
    var paid = 0
    var vouchersHeld = 0
    var arrivals = 0
    var noShows = 0
    var cancelled = 0
    var blocked = 0
    var ruleChanges = 0
    /// Sessions that a lying meter was paid for twice.
    var registersSetBack = 0
    var replays = 0
    var drained = 0
    var shuffles = 0

    public init() {}

    public mutating func add(_ other: SoakTally) {
        worlds += other.worlds
        transactions += other.transactions
        kinds.merge(other.kinds, uniquingKeysWith: +)
        refused.merge(other.refused, uniquingKeysWith: +)
        codes.merge(other.codes, uniquingKeysWith: +)
        records.merge(other.records, uniquingKeysWith: +)
        for path in Self.counters { self[keyPath: path] += other[keyPath: path] }
    }

    private static var counters: [WritableKeyPath<SoakTally, Int>] {
        named.map(\.1)
    }

    private static var named: [(String, WritableKeyPath<SoakTally, Int>)] {
        [
            ("batches", \.batches), ("records that had been accepted", \.duplicates), ("malformed", \.malformed),
            ("equivocations in batches", \.equivocations), ("sessions begun", \.begun),
            ("begun on a grant that was gone", \.unpaidBegins), ("begun against a reservation", \.keptFromOthers),
            ("sessions settled", \.settled), ("of them paid", \.paid), ("voucher holds", \.vouchersHeld),
            ("arrivals", \.arrivals), ("no-shows paid", \.noShows), ("cancelled", \.cancelled),
            ("deposits back because of the charger", \.blocked), ("rules changed", \.ruleChanges),
            ("begun below the last register, unpaid", \.registersSetBack), ("replayed transactions", \.replays),
            ("chargers drained to the last record", \.drained), ("applied twice", \.shuffles),
        ]
    }

    /// For people.
    public var text: String {
        let accepted = TransactionBody.Kind.allCases.map {
            "  \($0): \(kinds[$0, default: 0]) accepted, \(refused[$0, default: 0]) refused"
        }
        let taken = records.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key) \($0.value)" }
        let answers = codes.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        let counts = Self.named.map { "\($0.0) \(self[keyPath: $0.1])" }
        return """
            \(worlds) worlds, \(transactions) transactions
            \(accepted.joined(separator: "\n"))
            records accepted: \(taken.joined(separator: ", "))
            codes: \(answers.joined(separator: ", "))
            \(counts.joined(separator: ", "))
            """
    }

    /// What came about too seldom for the run to say anything of it; empty where all did.
    public var blindSpots: [String] {
        guard transactions >= 20_000 else { return [] }
        let least = transactions / 20_000
        var seldom = TransactionBody.Kind.allCases.filter { kinds[$0, default: 0] < least }.map { "\($0) accepted" }
        seldom += TransactionBody.Kind.allCases.filter { refused[$0, default: 0] < least && $0 != .registerUser }
            .map { "\($0) refused" }
        for kind in Self.expectedRecords where records[kind, default: 0] < least { seldom.append("record \(kind)") }
        for code: UInt32 in 0...12 where codes[code, default: 0] < least { seldom.append("code \(code)") }
        for (name, path) in Self.named where self[keyPath: path] < least { seldom.append(name) }
        return seldom
    }

    private static let expectedRecords: [RecordKind] = [
        .begin, .tick, .end, .pause, .resume, .gap, .rollover, .reset, .keyChange, .voucherAcceptance, .event,
        .rollbackDetected, .meterChange,
    ]
}
