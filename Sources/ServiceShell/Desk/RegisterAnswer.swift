public import Quantities

/// Registers of a connector's meter.
public struct RegisterRange: Equatable, Sendable {
    public enum Table: Equatable, Sendable {
        /// Function code 3.
        case holding
        /// Function code 4.
        case input
    }

    public var table: Table
    /// The protocol's address, from 0.
    public var first: UInt16
    /// 1 to 125.
    public var count: Int
    public var connector: UInt32

    public init(table: Table, first: UInt16, count: Int, connector: UInt32) {
        self.table = table
        self.first = first
        self.count = count
        self.connector = connector
    }
}

/// What a meter answered to a read of registers.
public struct RegisterAnswer: Equatable, Sendable, Reportable {
    public var unit: UInt8
    /// Function code and data, without address and checksum of the line.
    public var request: [UInt8]
    public var reply: [UInt8]
    public var first: UInt16
    public var words: [UInt16]
    /// From the request to the whole reply.
    public var latency: Nanoseconds

    public init(
        unit: UInt8, request: [UInt8], reply: [UInt8], first: UInt16, words: [UInt16], latency: Nanoseconds
    ) {
        self.unit = unit
        self.request = request
        self.reply = reply
        self.first = first
        self.words = words
        self.latency = latency
    }

    var report: Report {
        var report = Report()
        report.add("unit", .count(UInt64(unit)))
        report.add("request", .bytes(request))
        report.add("reply", .bytes(reply))
        report.add("latency", .duration(latency))
        report.add(
            "registers",
            .rows(
                words.enumerated().map { index, word in
                    var row = Report()
                    row.add("register", .count(UInt64(first) + UInt64(index)))
                    row.add("value", .count(UInt64(word)))
                    return row
                }))
        return report
    }
}
