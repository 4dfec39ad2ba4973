import Quantities
import ServiceShell

extension FixedDesk {
    func lines() throws(ServiceShellError) -> [LineAnswer] {
        [
            LineAnswer(
                connector: 1, role: "contactor-enable", name: "CONTACTOR", place: "gpiochip0:17", isOutput: true,
                isActive: false, consumer: "wattseald", changes: 12, keepsEdges: false),
            LineAnswer(
                connector: 1, role: "emergency-stop", name: "#5", place: nil, isOutput: false, isActive: nil,
                consumer: "wattseald", changes: 3, keepsEdges: true),
        ]
    }

    /// The range comes back in the answer.
    func readRegisters(_ range: RegisterRange) throws(ServiceShellError) -> RegisterAnswer {
        RegisterAnswer(
            unit: UInt8(range.connector), request: [range.table == .holding ? 3 : 4], reply: [UInt8(range.count)],
            first: range.first, words: (0..<range.count).map { UInt16($0) }, latency: .milliseconds(31))
    }

    /// Unit 2 of the line answers, and the configuration says 1.
    func scanUnits(_ range: UnitRange) throws(ServiceShellError) -> BusScanAnswer {
        BusScanAnswer(
            line: "line \(range.line)", configured: [.init(unit: 1, owner: "connector 1")], range: range.units,
            asked: range.units.count, units: [.init(number: 2, reply: "registers", isReply: true)],
            took: .milliseconds(1_250), next: 33)
    }

    func verify(_ range: RecordRange) throws(ServiceShellError) -> JournalVerdict {
        let (first, last) = (range.from ?? 1, range.through ?? 9)
        guard first <= last else { throw .unavailable("expected a range up to \(last), got one from \(first)") }
        return JournalVerdict(
            chain: range.chain, range: first...last, verified: 4, firstBad: 5,
            reason: "a signature", head: [0xAB])
    }

    func newestRecords(_ count: Int) throws(ServiceShellError) -> [RecordAnswer] {
        [
            RecordAnswer(
                chain: 1, sequence: UInt64(count), kind: "tick", detail: "3", unixMilliseconds: nil,
                energy: MilliwattHours(3_000_000), added: MilliwattHours(1_000_000), isSigned: false,
                isAcknowledged: true)
        ]
    }

    func export(_ range: RecordRange) throws(ServiceShellError) -> RecordExport {
        RecordExport(chain: range.chain, items: [.init(sequence: range.from ?? 7, message: [0xD2, 0x84])], next: 8)
    }

    func proveKeys(nonce: [UInt8]) throws(ServiceShellError) -> KeyProof {
        KeyProof(device: [1], epoch: 2, publicKey: [3], statement: nonce, signature: [4])
    }

    func makeArchive() throws(ServiceShellError) -> ArchiveAnswer {
        ArchiveAnswer(
            size: 4_096, hash: [0xA1], files: ["about.json", "records.jsonl"], missing: ["flight: none"],
            publicKey: [3], epoch: 2, signature: [4])
    }

    /// The offset comes back in the answer.
    func readArchive(from offset: Int) throws(ServiceShellError) -> ArchivePiece {
        ArchivePiece(hash: [0xA1], offset: offset, bytes: [0x77, 0x73], next: offset + 2)
    }

    func settings() throws(ServiceShellError) -> SettingsAnswer {
        SettingsAnswer(
            current: [.init(limit: Milliamps(16_000), isOutOfService: false), .init(limit: nil, isOutOfService: true)],
            staged: [.init(limit: nil, isOutOfService: false), .init(limit: nil, isOutOfService: false)],
            before: [.init(limit: Milliamps(20_000), isOutOfService: false), .init(limit: nil, isOutOfService: true)],
            trialLeft: .milliseconds(41_500))
    }

    func links() throws(ServiceShellError) -> [LinkAnswer] {
        [
            LinkAnswer(
                name: "eth0", state: "up", hasCarrier: true, addresses: ["192.0.2.7", "2001:db8::7"],
                counters: [("rx_errors", 3), ("tx_errors", nil)]),
            LinkAnswer(name: "wlan0", state: "down", hasCarrier: nil, addresses: nil, counters: []),
        ]
    }

    func benchStorage(flushes: Int) throws(ServiceShellError) -> StorageBench {
        StorageBench(path: "bench-io", bytes: 512, latencies: (1...Int64(flushes)).map { $0 * 10 })
    }
}

extension EmptyDesk {
    private var nothing: ServiceShellError { .unavailable("the firmware is starting") }

    func lines() throws(ServiceShellError) -> [LineAnswer] { throw nothing }
    func readRegisters(_ range: RegisterRange) throws(ServiceShellError) -> RegisterAnswer { throw nothing }
    func scanUnits(_ range: UnitRange) throws(ServiceShellError) -> BusScanAnswer { throw nothing }
    func verify(_ range: RecordRange) throws(ServiceShellError) -> JournalVerdict { throw nothing }
    func newestRecords(_ count: Int) throws(ServiceShellError) -> [RecordAnswer] { [] }
    func export(_ range: RecordRange) throws(ServiceShellError) -> RecordExport { throw nothing }
    func proveKeys(nonce: [UInt8]) throws(ServiceShellError) -> KeyProof { throw nothing }
    func settings() throws(ServiceShellError) -> SettingsAnswer { throw nothing }
    func makeArchive() throws(ServiceShellError) -> ArchiveAnswer { throw nothing }
    func readArchive(from offset: Int) throws(ServiceShellError) -> ArchivePiece { throw nothing }
    func links() throws(ServiceShellError) -> [LinkAnswer] { [] }
    func benchStorage(flushes: Int) throws(ServiceShellError) -> StorageBench { throw nothing }
}
