import Foundation
import Quantities
import RecordSamples
import SignedRecords
import Testing

/// Exports: a file that anyone verifies alone, here and with tools that are not ours.
struct ExportTests {
    /// A device with two connectors, a key change and a ledger change; its records chain by chain.
    static func sample() throws -> (device: SampleDevice, chains: [[SignedRecord]]) {
        var device = try SampleDevice()
        var own = [device.genesis]
        var first = try device.session(.connector(1), kilowattHours: 2, pauses: true)
        let action = TechnicianAction(technician: .zero, action: "inspect", subject: "", succeeded: true)
        own.append(try device.append(.device, .event(.technicianAction(action))))
        var second = try device.session(.connector(2), kilowattHours: 1)
        second += try everyKindOutside(&device)
        second += try eventfulSession(&device)
        second += try everyEnd(&device)
        for body in try device.everyBody(full: true) {
            switch body {
            case .checkpoint, .clockStep, .firmwareChange, .event(.configurationChange), .event(.faultLatched),
                .event(.faultCleared):
                own.append(try device.append(.device, body))
            default: break
            }
        }
        own.append(try device.changeKeys(seed: 9))
        first += try device.session(.connector(1), kilowattHours: 1)
        let next = try LedgerChainID("wattseal-next")
        let close = Close(newLedger: next, anchorHeight: 5, anchorHash: .zero)
        let old = device.ledger
        own.append(try device.append(.device, .close(close)))
        first.append(try device.append(.connector(1), .close(close)))
        second.append(try device.append(.connector(2), .close(close)))
        device.ledger = next
        let open = Open(oldLedger: old, newLedger: next, anchorHeight: 5, anchorHash: .zero)
        own.append(try device.append(.device, .open(open)))
        first.append(try device.append(.connector(1), .open(open)))
        second.append(try device.append(.connector(2), .open(open)))
        first += try device.session(.connector(1), kilowattHours: 1)
        return (device, [own, first, second])
    }

    /// What may stand between sessions, each kind once, with all its optional fields.
    private static func everyKindOutside(_ device: inout SampleDevice) throws -> [SignedRecord] {
        var records: [SignedRecord] = []
        for body in try device.everyBody(full: true) {
            switch body {
            case .voucherAcceptance, .meterChange, .event(.wear), .event(.residualSelfTest), .event(.faultLatched):
                records.append(try device.append(.connector(2), body))
            default: break
            }
        }
        guard let head = device.heads[.connector(2)] else { return records }
        // As on a ledger that has every record: the proved head is the record before.
        let rollback = RollbackDetected(
            journalSequence: 1, journalHash: .zero, provedSequence: head.sequence, ledgerHeight: 4)
        records.append(try device.append(.connector(2), .rollbackDetected(rollback)))
        return records
    }

    /// A session with a gap, a rollover, a reset, a fault and a tick over several boundaries.
    private static func eventfulSession(_ device: inout SampleDevice) throws -> [SignedRecord] {
        let chain = ChainNumber.connector(2)
        let begin = device.begin(chain, register: 97_000_000)
        let session = begin.session
        var tick = SampleDevice.tick(session, index: 2, base: 97_000_000)
        tick.count = 2
        let bodies: [RecordBody] = [
            .begin(begin), .tick(tick), .event(.faultLatched(FaultLatched(code: 3))),
            .gap(
                Gap(
                    session: session, reason: .meterRefused, milliseconds: 9_000,
                    lastImport: MilliwattHours(99_100_000),
                    reading: SampleDevice.reading(99_200_000))),
            .rollover(
                Rollover(
                    session: session, lastImport: MilliwattHours(99_900_000), reading: SampleDevice.reading(1_500_000),
                    modulus: MilliwattHours(100_000_000))),
            .tick(
                Tick(
                    session: session, index: 4, count: 2, reading: SampleDevice.reading(1_600_000),
                    energy: MilliwattHours(4_600_000), readErrors: 2, status: [.recovered])),
            .reset(
                Reset(session: session, lastImport: MilliwattHours(1_700_000), reading: SampleDevice.reading(5))),
            .end(
                End(
                    session: session, reason: .meterDistrust, reading: SampleDevice.reading(6),
                    energy: MilliwattHours(4_700_001), ticks: 4, faultCode: 3)),
        ]
        return try bodies.map { try device.append(chain, $0) }
    }

    /// A session without energy for every reason to end one.
    private static func everyEnd(_ device: inout SampleDevice) throws -> [SignedRecord] {
        var records: [SignedRecord] = []
        for reason in StopReason.allCases {
            let begin = device.begin(.connector(2), register: 9)
            records.append(try device.append(.connector(2), .begin(begin)))
            let end = End(
                session: begin.session, reason: reason, reading: SampleDevice.reading(9), energy: .zero, ticks: 0)
            records.append(try device.append(.connector(2), .end(end)))
        }
        return records
    }

    static func bytes(_ chains: [[SignedRecord]]) -> [UInt8] { chains.flatMap { $0.flatMap(\.message) } }

    @Test func wholeExportVerifies() throws {
        let (device, chains) = try ExportTests.sample()
        let summary = try ExportVerifier.verify(ExportTests.bytes(chains))
        #expect(summary.device == device.device)
        #expect(summary.records == chains.reduce(0) { $0 + $1.count })
        #expect(summary.chains.map(\.sessions) == [0, 3, 2 + StopReason.allCases.count])
        #expect(Set(chains.flatMap { $0 }.map(\.record.body.kind)).count == RecordKind.allCases.count)
        #expect(summary.chains.map(\.last) == chains.map { $0.last?.head })
        let key = device.publicKeys.ed25519
        _ = try ExportVerifier.verify(ExportTests.bytes(chains), publicKey: key, ledger: LedgerChainID("wattseal-test"))
        #expect(throws: RecordError.self) {
            try ExportVerifier.verify(ExportTests.bytes(chains), publicKey: [UInt8](repeating: 1, count: 32))
        }
        #expect(throws: RecordError.self) {
            try ExportVerifier.verify(ExportTests.bytes(chains), ledger: LedgerChainID("other"))
        }
    }

    @Test func partialExportNeedsKeyAndLedger() throws {
        let (device, chains) = try ExportTests.sample()
        let part = ExportTests.bytes([Array(chains[1][1...5])])
        #expect(throws: RecordError.self) { try ExportVerifier.verify(part) }
        #expect(throws: RecordError.self) { try ExportVerifier.verify(part, publicKey: device.publicKeys.ed25519) }
        let summary = try ExportVerifier.verify(
            part, publicKey: device.publicKeys.ed25519, ledger: LedgerChainID("wattseal-test"))
        #expect(summary.chains.first?.first == 2)
        var other = try SampleDevice(seed: 3)
        let theirs = try other.session(.connector(1), kilowattHours: 1)
        #expect(throws: RecordError.self) {
            try ExportVerifier.verify(
                ExportTests.bytes([theirs]), publicKey: device.publicKeys.ed25519, ledger: device.ledger)
        }
    }

    /// A flipped byte at every position of a small export is refused, and so is every truncation inside a message and every
    /// message left out or given twice.
    @Test func everyFlippedByteIsRefused() throws {
        var device = try SampleDevice(connectors: 1)
        let session = try device.session(.connector(1), kilowattHours: 1)
        let bytes = ExportTests.bytes([[device.genesis], session])
        _ = try ExportVerifier.verify(bytes)
        for index in bytes.indices {
            for mask: UInt8 in [0x01, 0x80] {
                var flipped = bytes
                flipped[index] ^= mask
                #expect(throws: RecordError.self, "byte \(index)") { try ExportVerifier.verify(flipped) }
            }
        }
        let boundaries = Set(
            ([[device.genesis], session].flatMap { $0 }).reduce(into: [0]) { ends, signed in
                ends.append((ends.last ?? 0) + signed.message.count)
            })
        for count in bytes.indices where !boundaries.contains(count) {
            #expect(throws: RecordError.self) { try ExportVerifier.verify(Array(bytes[..<count])) }
        }
        let all = [device.genesis] + session
        for index in all.indices.dropLast() {
            var less = all
            less.remove(at: index)
            if index == 1 {
                // A chain that begins later may have been pruned: the summary says where it begins.
                let summary = try ExportVerifier.verify(ExportTests.bytes([less]))
                #expect(summary.chains.map(\.first) == [1, 2])
            } else {
                #expect(throws: RecordError.self) { try ExportVerifier.verify(ExportTests.bytes([less])) }
            }
            var twice = all
            twice.insert(all[index], at: index)
            #expect(throws: RecordError.self) { try ExportVerifier.verify(ExportTests.bytes([twice])) }
        }
        #expect(throws: RecordError.exportIncomplete("the file has no records")) { try ExportVerifier.verify([]) }
    }

    @Test func beginNamesTheDeviceChain() throws {
        let (_, chains) = try ExportTests.sample()
        // The device chain cut behind genesis: later begins name records that are missing, and the new key is unknown.
        #expect(throws: RecordError.self) {
            try ExportVerifier.verify(ExportTests.bytes([[chains[0][0]], chains[2]]))
        }
        var device = try SampleDevice()
        var begin = device.begin(.connector(1), register: 0)
        begin.deviceHead = .zero
        let signed = try device.append(.connector(1), .begin(begin))
        let fault = RecordError.chain(.connector(1), sequence: 1, problem: .deviceHead)
        #expect(throws: RecordError.export(offset: device.genesis.message.count, problem: fault)) {
            try ExportVerifier.verify(ExportTests.bytes([[device.genesis], [signed]]))
        }
    }

    static var python: String? { ProcessInfo.processInfo.environment["WATTSEAL_PEERS_PYTHON"] }

    /// The independent checker agrees: it takes the export and refuses a sample of flipped bytes, each at its place.
    @Test(.enabled(if: python != nil, "WATTSEAL_PEERS_PYTHON names no python with cbor2<6 and cryptography"))
    func independentCheckerAgrees() throws {
        let python = try #require(ExportTests.python)
        let (device, chains) = try ExportTests.sample()
        let bytes = ExportTests.bytes(chains)
        let directory = FileManager.default.temporaryDirectory.appending(path: "wattseal-export-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        func check(_ bytes: [UInt8], _ arguments: [String] = []) throws -> (status: Int32, error: String) {
            let file = directory.appending(path: "export.cborseq")
            try Data(bytes).write(to: file)
            let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .appending(path: "Peers/check_records.py")
            let process = Process()
            process.executableURL = URL(filePath: python)
            process.arguments = [script.path, file.path] + arguments
            let pipe = Pipe()
            process.standardError = pipe
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            let error = pipe.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return (process.terminationStatus, String(decoding: error, as: UTF8.self))
        }
        let good = try check(bytes)
        #expect(good.status == 0, "\(good.error)")
        let key = ["--public-key", Hexadecimal.encode(device.publicKeys.ed25519)]
        #expect(try check(bytes, key).status == 0)
        let part = ExportTests.bytes([Array(chains[1][1...5])])
        #expect(try check(part).status == 1)
        #expect(try check(part, key + ["--chain-id", "wattseal-test"]).status == 0)
        let missing = try check(
            ExportTests.bytes([chains[0], [chains[1][0]], Array(chains[1].dropFirst(2).prefix(2))]))
        #expect(missing.status == 1 && missing.error.contains("sequence"), "\(missing.error)")
        // In one run: the checker itself flips each byte of a sample and must refuse every one.
        var small = try SampleDevice(connectors: 1)
        let session = try small.session(.connector(1), kilowattHours: 1)
        let sample = try check(ExportTests.bytes([[small.genesis], session]), ["--flip-every", "7"])
        #expect(sample.status == 0, "\(sample.error)")
    }
}
