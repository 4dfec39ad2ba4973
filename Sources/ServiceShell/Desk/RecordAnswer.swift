public import Quantities

/// One record, and nothing of who pays.
public struct RecordAnswer: Equatable, Sendable, Reportable {
    public var chain: UInt32
    public var sequence: UInt64
    public var kind: String
    /// What sets it apart from others of its kind.
    public var detail: String
    public var unixMilliseconds: Int64?
    /// Of its session so far.
    public var energy: MilliwattHours?
    /// What this tick added; of a tick behind another of its session alone.
    public var added: MilliwattHours?
    public var isSigned: Bool
    public var isAcknowledged: Bool

    public init(
        chain: UInt32, sequence: UInt64, kind: String, detail: String, unixMilliseconds: Int64?,
        energy: MilliwattHours?, added: MilliwattHours? = nil, isSigned: Bool, isAcknowledged: Bool
    ) {
        self.chain = chain
        self.sequence = sequence
        self.kind = kind
        self.detail = detail
        self.unixMilliseconds = unixMilliseconds
        self.energy = energy
        self.added = added
        self.isSigned = isSigned
        self.isAcknowledged = isAcknowledged
    }

    var report: Report {
        var report = Report()
        report.add("record", .text("\(chain)/\(sequence)"))
        report.add("kind", .text(kind))
        report.add("detail", detail.isEmpty ? .nothing : .text(detail))
        report.add("time", .time(unixMilliseconds: unixMilliseconds))
        report.add("energy", energy.map { .milliwattHours($0) } ?? .none(of: .milliwattHours(nil)))
        report.add("added", added.map { .milliwattHours($0) } ?? .none(of: .milliwattHours(nil)))
        report.add("signature", .text(isSigned ? "good" : "bad"))
        report.add("acknowledged", .flag(isAcknowledged))
        return report
    }
}

/// Records as they are stored.
public struct RecordExport: Equatable, Sendable, Reportable {
    public struct Item: Equatable, Sendable {
        public var sequence: UInt64
        /// The COSE_Sign1 message.
        public var message: [UInt8]

        public init(sequence: UInt64, message: [UInt8]) {
            self.sequence = sequence
            self.message = message
        }
    }

    public var chain: UInt32
    public var items: [Item]
    /// The first of the range that is not in here.
    public var next: UInt64?

    public init(chain: UInt32, items: [Item], next: UInt64?) {
        self.chain = chain
        self.items = items
        self.next = next
    }

    var report: Report {
        var report = Report()
        report.add("chain", .count(UInt64(chain)))
        report.add(
            "records",
            .rows(
                items.map { item in
                    var row = Report()
                    row.add("sequence", .count(item.sequence))
                    row.add("message", .bytes(item.message))
                    return row
                }))
        report.add("go on from", next.map { .count($0) } ?? .nothing)
        return report
    }
}
