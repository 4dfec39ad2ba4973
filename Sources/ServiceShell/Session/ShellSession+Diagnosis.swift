import Quantities
import SignedRecords

// The commands of `CommandTable.diagnosis` that read.
extension ShellSession {
    func diagnose(_ invocation: Invocation) throws(ServiceShellError) -> Report {
        switch invocation.row.command {
        case .lines: return Self.rows("lines", try desk.lines())
        case .meterRaw: return try desk.readRegisters(Self.registers(of: invocation)).report
        case .busScan: return try desk.scanUnits(try Self.units(of: invocation)).report
        case .verifyJournal: return try desk.verify(Self.range(of: invocation)).report
        case .newestRecords:
            return Self.rows("records", try desk.newestRecords(Int(invocation.integer("records") ?? 10)))
        case .exportRecords: return try desk.export(Self.range(of: invocation)).report
        case .proveKeys:
            return try desk.proveKeys(nonce: Hexadecimal.decode(invocation.text("nonce") ?? "") ?? []).report
        case .makeArchive: return try desk.makeArchive().report
        case .readArchive: return try desk.readArchive(from: Int(invocation.integer("offset") ?? 0)).report
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

    /// The first 32 units, or those from the first that is given, or from there to the last.
    private static func units(of invocation: Invocation) throws(ServiceShellError) -> UnitRange {
        let first = invocation.integer("first") ?? 1
        let last = invocation.integer("last") ?? min(247, first + 31)
        guard first <= last else {
            throw .arguments(command: invocation.row.name, expected: "a last unit from \(first) on, got \(last)")
        }
        return UnitRange(
            line: UInt32(invocation.integer("line") ?? 1), units: UInt8(clamping: first)...UInt8(clamping: last))
    }

    private static func range(of invocation: Invocation) -> RecordRange {
        RecordRange(
            chain: UInt32(invocation.integer("chain") ?? 0), from: invocation.integer("from").map(UInt64.init),
            through: invocation.integer("through").map(UInt64.init))
    }
}
