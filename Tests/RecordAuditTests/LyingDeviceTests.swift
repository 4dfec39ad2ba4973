import Quantities
import RecordSamples
import SignedRecords
import Testing

/// A device whose records say what is not so, each signed by its own key: only the rules find it.
@Suite(.enabled(if: PythonScript.python != nil, "WATTSEAL_PEERS_PYTHON names no python with the peers' packages"))
struct LyingDeviceTests {
    typealias Lie = (name: String, chains: @Sendable (inout SampleDevice) throws -> [[SignedRecord]])

    private static let one = ChainNumber.connector(1)
    private static let base: Int64 = 5_000_000

    @Test("each lie is refused at its record, by the audit, by the check of all fields, and by the verifier")
    func lies() throws {
        for lie in Self.sums + Self.places + Self.keysAndLedgers {
            var device = try SampleDevice(connectors: 1)
            let chains = try lie.chains(&device)
            let bytes = ExportAuditTests.bytes(chains)
            let last = try #require(chains.last?.last).message.count
            let start = bytes.count - last
            for script in ["Tools/audit.py", "Tests/Peers/check_records.py"] {
                if start > 0 {
                    let before = try PythonScript.run(script, on: Array(bytes[..<start]))
                    #expect(before.status == 0, "\(lie.name): \(before.output)")
                }
                let result = try PythonScript.run(script, on: bytes)
                #expect(result.status == 1, "\(lie.name): \(script)")
                #expect(result.output.contains("byte \(start): "), "\(lie.name): \(script): \(result.output)")
            }
            let fault = #expect(throws: RecordError.self, "\(lie.name)") { try ExportVerifier.verify(bytes) }
            guard case .export(start, _)? = fault else {
                Issue.record("\(lie.name): \(fault.map(String.init(describing:)) ?? "")")
                continue
            }
        }
    }

    @Test("what may look like a lie holds: a session that records were lost in, a chain that was pruned in a session")
    func odd() throws {
        var device = try SampleDevice(connectors: 1)
        var records = try device.session(Self.one, kilowattHours: 3)
        let begin = device.begin(Self.one, register: Self.base)
        records.append(try device.append(Self.one, .begin(begin)))
        let head = records[records.count - 1].head
        let lost = RollbackDetected(
            journalSequence: head.sequence, journalHash: head.hash, provedSequence: head.sequence + 2, ledgerHeight: 1)
        var rollback = device.next(Self.one, .rollbackDetected(lost))
        rollback.sequence += 2
        rollback.previous = RecordHash(hashing: [1])
        records.append(try device.append(rollback))
        records += try device.session(Self.one, kilowattHours: 1)
        let proved = "1:\(lost.provedSequence):\(rollback.previous)"
        for (kept, sessions) in [(records, 2), (Array(records.dropFirst(2)), 1)] {
            let bytes = ExportAuditTests.bytes([[device.genesis], kept])
            let audit = try PythonScript.run("Tools/audit.py", on: bytes, ["--head", proved])
            #expect(audit.status == 0 && audit.output.contains(" \(sessions) sessions, "), "\(audit.output)")
            let whole = try PythonScript.run("Tests/Peers/check_records.py", on: bytes)
            #expect(whole.status == 0, "\(whole.output)")
            #expect(try ExportVerifier.verify(bytes).chains[1].sessions >= sessions)
        }
        // The lost record that the rollback names is the one that the ledger must have.
        let bytes = ExportAuditTests.bytes([[device.genesis], records])
        let other = ["--head", "1:\(lost.provedSequence):\(head.hash)"]
        #expect(try PythonScript.run("Tools/audit.py", on: bytes, other).status == 1)
    }

    // MARK: The lies

    /// A session of one honest tick, and what follows in it.
    private static func inSession(
        _ name: String, _ body: @escaping @Sendable (SessionID, Tick) -> RecordBody
    ) -> Lie {
        (
            name,
            { device in
                let begin = device.begin(one, register: base)
                let tick = SampleDevice.tick(begin.session, index: 1, base: base)
                var records = [try device.append(one, .begin(begin)), try device.append(one, .tick(tick))]
                let next = SampleDevice.tick(begin.session, index: 2, base: base)
                records.append(try device.append(one, body(begin.session, next)))
                return [[device.genesis], records]
            }
        )
    }

    private static func changed<Value>(_ value: Value, _ change: (inout Value) -> Void) -> Value {
        var value = value
        change(&value)
        return value
    }

    private static func end(_ session: SessionID, energy: Int64 = 1_300_000, register: Int64? = nil, ticks: UInt32 = 1)
        -> RecordBody
    {
        .end(
            End(
                session: session, reason: .car, reading: SampleDevice.reading(register ?? base + energy),
                energy: MilliwattHours(energy), ticks: ticks))
    }

    private static let sums: [Lie] = [
        inSession("a tick's energy") { .tick(changed($1) { $0.energy = MilliwattHours(2_000_251) }) },
        inSession("a tick's index") { .tick(changed($1) { $0.index = 3 }) },
        inSession("a tick's count") { .tick(changed($1) { $0.count = 2 }) },
        inSession("a tick twice") { session, _ in .tick(SampleDevice.tick(session, index: 1, base: base)) },
        inSession("a tick of another session") { .tick(changed($1) { $0.session = .zero }) },
        inSession("a register that falls") { session, _ in end(session, energy: 900_000) },
        inSession("an end's energy") { session, _ in end(session, register: base + 1_300_001) },
        inSession("an end's ticks") { session, _ in end(session, ticks: 2) },
        inSession("a gap that begins too low") { session, _ in
            .gap(
                Gap(
                    session: session, reason: .meterSilent, milliseconds: 11_000,
                    lastImport: MilliwattHours(base + 999_999), reading: SampleDevice.reading(base + 1_500_000)))
        },
        inSession("a rollover that begins too low") { session, _ in
            .rollover(
                Rollover(
                    session: session, lastImport: MilliwattHours(base), reading: SampleDevice.reading(5),
                    modulus: MilliwattHours(100_000_000)))
        },
        inSession("a reset that begins too low") { session, _ in
            .reset(Reset(session: session, lastImport: MilliwattHours(base), reading: SampleDevice.reading(5)))
        },
    ]

    private static let places: [Lie] = [
        (
            "a begin in a session",
            { device in
                let begin = try device.append(one, .begin(device.begin(one, register: base)))
                return [[device.genesis], [begin, try device.append(one, .begin(device.begin(one, register: base)))]]
            }
        ),
        (
            "a tick behind the end",
            { device in
                let session = try device.session(one, kilowattHours: 1)
                guard case .tick(let tick) = session[1].record.body else { return [] }
                return [[device.genesis], session + [try device.append(one, .tick(tick))]]
            }
        ),
        ("a rollback that names another record", { try lost(&$0) { $0.journalHash = .zero } }),
        ("a rollback that names another number", { try lost(&$0) { $0.journalSequence -= 1 } }),
        ("a rollback that proves another number", { try lost(&$0) { $0.provedSequence -= 1 } }),
        (
            "another kind behind a gap",
            { device in
                let session = try device.session(one, kilowattHours: 1)
                var record = device.next(one, .event(.faultLatched(FaultLatched(code: 1))))
                record.sequence += 4
                return [[device.genesis], session + [try device.append(record)]]
            }
        ),
    ]

    private static func lost(
        _ device: inout SampleDevice, _ lie: (inout RollbackDetected) -> Void
    ) throws -> [[SignedRecord]] {
        let session = try device.session(one, kilowattHours: 1)
        let head = session[session.count - 1].head
        var body = RollbackDetected(
            journalSequence: head.sequence, journalHash: head.hash, provedSequence: head.sequence + 5, ledgerHeight: 1)
        lie(&body)
        var record = device.next(one, .rollbackDetected(body))
        record.sequence = head.sequence + 6
        record.previous = RecordHash(hashing: [1])
        return [[device.genesis], session + [try device.append(record)]]
    }

    private static let fault = RecordBody.event(.faultLatched(FaultLatched(code: 1)))

    private static let keysAndLedgers: [Lie] = [
        ("a device id of another key", { try genesis(&$0) { $0.device = DeviceID(hashing: [1]) } }),
        ("a genesis that is not the first", { try genesis(&$0) { $0.sequence = 2 } }),
        ("a genesis behind something", { try genesis(&$0) { $0.previous = RecordHash(hashing: [1]) } }),
        ("a genesis of a later epoch", { try genesis(&$0) { $0.keyEpoch = 2 } }),
        (
            "a second genesis",
            { device in
                var record = device.genesis.record
                record.sequence = 2
                record.previous = device.genesis.hash
                return [[device.genesis, try device.append(record)]]
            }
        ),
        (
            "a key epoch that has not begun",
            { device in
                var record = device.next(.device, fault)
                record.keyEpoch = 2
                return [[device.genesis, try device.append(record)]]
            }
        ),
        (
            "the old key behind its change",
            { device in
                let old = device.key
                let change = try device.changeKeys(seed: 9)
                var record = device.next(.device, fault)
                record.keyEpoch = 1
                return [[device.genesis, change, try SignedRecord(signing: record, key: old, ledger: device.ledger)]]
            }
        ),
        (
            "a connector's epoch that falls",
            { device in
                let old = device.key
                let own = [device.genesis, try device.changeKeys(seed: 9)]
                let new = try device.append(one, fault)
                var record = device.next(one, fault)
                record.keyEpoch = 1
                return [own, [new, try SignedRecord(signing: record, key: old, ledger: device.ledger)]]
            }
        ),
        (
            "an open without a close",
            { device in
                let open = Open(
                    oldLedger: device.ledger, newLedger: try LedgerChainID("next"), anchorHeight: 5, anchorHash: .zero)
                let first = try device.append(one, fault)
                device.ledger = open.newLedger
                return [[device.genesis], [first, try device.append(one, .open(open))]]
            }
        ),
        ("another anchor", { try moved(&$0) { .open(changed($0) { $0.anchorHeight = 6 }) } }),
        ("another old ledger", { try moved(&$0) { .open(changed($0) { $0.oldLedger = $0.newLedger }) } }),
        ("something else behind a close", { try moved(&$0) { _ in fault } }),
        ("an open for the old ledger", { try moved(&$0, isSignedForOld: true) { .open($0) } }),
    ]

    private static func genesis(
        _ device: inout SampleDevice, _ lie: (inout Record) -> Void
    ) throws -> [[SignedRecord]] {
        [[try device.append(changed(device.genesis.record, lie))]]
    }

    private static func moved(
        _ device: inout SampleDevice, isSignedForOld: Bool = false, _ body: (Open) -> RecordBody
    ) throws -> [[SignedRecord]] {
        let old = device.ledger
        let open = Open(
            oldLedger: old, newLedger: try LedgerChainID("next"), anchorHeight: 5, anchorHash: .zero)
        let close = Close(newLedger: open.newLedger, anchorHeight: 5, anchorHash: .zero)
        let first = [try device.append(one, fault), try device.append(one, .close(close))]
        let second = body(open)
        if case .open = second, !isSignedForOld { device.ledger = open.newLedger }
        return [[device.genesis], first + [try device.append(one, second)]]
    }
}
