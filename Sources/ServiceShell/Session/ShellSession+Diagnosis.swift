import Quantities
import SignedRecords

// The commands of `CommandTable.diagnosis` that read.
extension ShellSession {
    func diagnose(_ invocation: Invocation) throws(ServiceShellError) -> Report {
        switch invocation.row.command {
        case .lines: return Self.rows("lines", try desk.lines())
        case .meterRaw: return try desk.readRegisters(Self.registers(of: invocation)).report
        case .verifyJournal: return try desk.verify(Self.range(of: invocation)).report
        case .newestRecords:
            return Self.rows("records", try desk.newestRecords(Int(invocation.integer("records") ?? 10)))
        case .exportRecords: return try desk.export(Self.range(of: invocation)).report
        case .proveKeys:
            return try desk.proveKeys(nonce: Hexadecimal.decode(invocation.text("nonce") ?? "") ?? []).report
        case .links: return Self.rows("links", try desk.links())
        case .benchStorage: return try desk.benchStorage(flushes: Int(invocation.integer("flushes") ?? 50)).report
        default: invariantBroken("only what looks deeper comes here")
        }
    }

    private static func registers(of invocation: Invocation) -> RegisterRange {
        RegisterRange(
            table: invocation.text("table") == "input" ? .input : .holding,
            first: UInt16(invocation.integer("register") ?? 0), count: Int(invocation.integer("count") ?? 1),
            connector: invocation.connector ?? 1)
    }

    private static func range(of invocation: Invocation) -> RecordRange {
        RecordRange(
            chain: UInt32(invocation.integer("chain") ?? 0), from: invocation.integer("from").map(UInt64.init),
            through: invocation.integer("through").map(UInt64.init))
    }
}
