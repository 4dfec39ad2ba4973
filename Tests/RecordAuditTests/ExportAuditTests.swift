import Crypto
import Foundation
import Quantities
import RecordAudit
import RecordSamples
import SignedRecords
import Testing

/// Exports are verified on all cores with the verdict of the verifier that goes record by record.
struct ExportAuditTests {
    static var isLong: Bool { ProcessInfo.processInfo.environment["WATTSEAL_LONG"] != nil }
    static let year = Result { try SampleYear(seed: 3, sessions: 24) }

    /// Both verifiers' first fault; they must agree.
    static func fault(
        _ bytes: [UInt8], piece: Int = 1 << 20, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> RecordError? {
        var expected: RecordError?
        do { _ = try ExportVerifier.verify(bytes) } catch { expected = error }
        let source = ExportSource(name: "export", bytes: bytes, piece: piece)
        let outcome = try await ParallelExportVerifier.verify(source)
        #expect(outcome.fault == expected, sourceLocation: sourceLocation)
        return outcome.fault
    }

    static func bytes(_ chains: [[SignedRecord]]) -> [UInt8] { chains.flatMap { $0.flatMap(\.message) } }

    @Test("a year holds; read in small pieces it says the same")
    func wholeYear() async throws {
        let year = try Self.year.get()
        #expect(try await Self.fault(year.export) == nil)
        #expect(try await Self.fault(year.export, piece: 777) == nil)
        let outcome = try await ParallelExportVerifier.verify(ExportSource(name: "", bytes: year.export))
        #expect(outcome.verifier.records == year.chains.reduce(0) { $0 + $1.count })
        #expect(outcome.verifier.chains.map(\.last) == year.chains.map { $0.last?.head })
        #expect(outcome.verifier.chains.reduce(0) { $0 + $1.sessions } == year.sessions)
        #expect(try await Self.fault([]) == .exportIncomplete("the file has no records"))
    }

    @Test("every flipped byte of a session, and a sample of a year's, gives the same first fault")
    func flips() async throws {
        var device = try SampleDevice(connectors: 1)
        let session = try device.session(.connector(1), kilowattHours: 1)
        let small = Self.bytes([[device.genesis], session])
        for index in small.indices {
            var flipped = small
            flipped[index] ^= 0x10
            #expect(try await Self.fault(flipped) != nil, "byte \(index)")
        }
        let year = try Self.year.get().export
        var random = SeededRandom(seed: 11)
        for _ in 0..<12 {
            var flipped = year
            let index = Int(random.next() % UInt64(year.count))
            flipped[index] ^= 1 << UInt8(random.next() % 8)
            #expect(try await Self.fault(flipped) != nil, "byte \(index)")
        }
    }

    @Test("every byte of an export with all kinds of records, one bit of it flipped, is found by both verifiers")
    func flipsInEveryKind() async throws {
        var random = SystemRandomNumberGenerator()
        let seed = random.next()
        let sample = try SampleKinds(seed: seed)
        #expect(Set(sample.chains.joined().map(\.record.body.kind)) == Set(RecordKind.allCases))
        #expect(try await Self.fault(sample.export) == nil, "seed \(seed)")
        var chosen = SeededRandom(seed: seed)
        let step = Self.isLong ? 1 : 64
        for index in stride(from: Int(chosen.next() % UInt64(step)), to: sample.export.count, by: step) {
            var flipped = sample.export
            flipped[index] ^= 1 << UInt8(chosen.next() % 8)
            #expect(try await Self.fault(flipped) != nil, "seed \(seed), byte \(index)")
        }
    }

    @Test("two faults at once: the earlier one is named, whichever kind it is")
    func twoFaults() async throws {
        let year = try Self.year.get()
        let records = Array(year.chains.joined())
        let starts = records.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.message.count) }
        var random = SeededRandom(seed: 12)
        for _ in 0..<8 {
            var bytes = year.export
            // A signature, and a length or a kind somewhere else.
            let signature = Int(random.next() % UInt64(records.count))
            bytes[starts[signature + 1] - 5] ^= 1
            bytes[starts[Int(random.next() % UInt64(records.count))] + 12] ^= 1
            #expect(try await Self.fault(bytes) != nil)
        }
    }

    @Test("dropped, doubled, swapped, cut, spliced, re-signed and for another ledger: refused")
    func tampered() async throws {
        let year = try Self.year.get()
        let records = Array(year.chains.joined())
        var random = SeededRandom(seed: 13)
        let other = try SampleYear(seed: 4, sessions: 8)
        for _ in 0..<6 {
            let index = 1 + Int(random.next() % UInt64(records.count - 2))
            guard records[index].record.chain == records[index + 1].record.chain, records[index].record.sequence > 1
            else { continue }
            var dropped = records
            dropped.remove(at: index)
            #expect(try await Self.fault(Self.bytes([dropped])) != nil)
            var doubled = records
            doubled.insert(records[index], at: index)
            #expect(try await Self.fault(Self.bytes([doubled])) != nil)
            var swapped = records
            swapped.swapAt(index, index + 1)
            #expect(try await Self.fault(Self.bytes([swapped])) != nil)
            var spliced = records
            spliced[index] = other.chains[0][1]
            #expect(try await Self.fault(Self.bytes([spliced])) != nil)
            var signed = records
            signed[index] = try SignedRecord(
                signing: records[index].record, key: try SampleDevice(seed: 99).key, ledger: year.device.ledger)
            #expect(try await Self.fault(Self.bytes([signed])) != nil)
        }
        #expect(try await Self.fault(Array(year.export.dropLast())) != nil)
    }

    @Test("technicians' actions are told with their records, from one file and from several; forged ones are not")
    func actions() async throws {
        var device = try SampleDevice(connectors: 1)
        let acts = (1...3).map { number in
            TechnicianAction(
                technician: ContentHash(hashing: [UInt8(number)]), action: "limit set", subject: "number \(number)",
                succeeded: number == 2,
                shell: ShellAct(
                    role: .service, name: "Ada", arguments: ContentHash(hashing: [0]),
                    outcome: number == 2 ? .done : .refused, boot: SampleDevice.boot, sinceBoot: 5))
        }
        let records = [device.genesis] + (try acts.map { try device.append(.device, .event(.technicianAction($0))) })
        let source = ExportSource(name: "a", bytes: Self.bytes([records]))
        for sources in [[source], [source, ExportSource(name: "b", bytes: Self.bytes([records]))]] {
            let audit = try await ExportAudit.run(sources)
            #expect(audit.isValid)
            for file in audit.files {
                #expect(file.actions.map(\.act) == acts)
                #expect(file.actions.map(\.place.sequence) == records.dropFirst().map(\.record.sequence))
            }
        }
        var forged = Self.bytes([records])
        forged[forged.count - 1] ^= 1
        let audit = try await ExportAudit.run([ExportSource(name: "a", bytes: forged)])
        #expect(audit.files[0].fault != nil && audit.files[0].actions.map(\.act) == Array(acts.dropLast()))
    }

    // MARK: Two contents for one number

    /// A device and its clone: the same up to a number, then each its own.
    private static func clone() throws -> (original: [[SignedRecord]], clone: [[SignedRecord]], device: SampleDevice) {
        var device = try SampleDevice(connectors: 1)
        let own = [device.genesis, try device.changeKeys(seed: 9)]
        let first = try device.session(.connector(1), kilowattHours: 1)
        var copy = device
        let more = try device.session(.connector(1), kilowattHours: 2)
        let others = try copy.session(.connector(1), kilowattHours: 3)
        return ([own, first + more], [own, first + others], device)
    }

    @Test("a clone's export against the original's: a fraud proof that anyone checks")
    func cloned() async throws {
        let (original, clone, device) = try Self.clone()
        let audit = try await ExportAudit.run([
            ExportSource(name: "a", bytes: Self.bytes(original)), ExportSource(name: "b", bytes: Self.bytes(clone)),
        ])
        #expect(audit.files.allSatisfy { $0.fault == nil } && !audit.isValid)
        let fraud = try #require(audit.fraud)
        // Both begin alike: the first tick is the same too, so the contradiction starts where they part.
        let parted = zip(original[1], clone[1]).first { $0.0 != $0.1 }
        #expect(fraud.one.record == parted?.0 && fraud.other.record == parted?.1)
        #expect(fraud.one.file == "a" && fraud.other.file == "b")
        let proof = try fraud.proof.get()
        #expect(proof.device == device.device && proof.keyChanges.count == 1)
        #expect(try FraudProof(decoding: proof.encoded()) == proof)
        let bytes = proof.encoded()
        for index in bytes.indices {
            var flipped = bytes
            flipped[index] ^= 0x08
            #expect(throws: FraudProofError.self, "byte \(index)") { try FraudProof(decoding: flipped) }
        }
        // The same file twice contradicts nothing.
        let same = try await ExportAudit.run(
            ["a", "b"].map { ExportSource(name: $0, bytes: Self.bytes(original)) })
        #expect(same.isValid)
    }

    @Test("one file with two contents for a number is refused, and the proof found, behind the fault as well")
    func cloneInOneFile() async throws {
        let (original, clone, _) = try Self.clone()
        let bytes = Self.bytes([original[0], original[1], clone[1]])
        let audit = try await ExportAudit.run([ExportSource(name: "a", bytes: bytes)])
        #expect(audit.files[0].fault != nil)
        _ = try #require(audit.fraud).proof.get()
        // A forged record with the number of a true one is a fault and no fraud of the device.
        let forged = try SignedRecord(
            signing: clone[1][6].record, key: try SampleDevice(seed: 77).key, ledger: try LedgerChainID("wattseal-test")
        )
        let mixed = try await ExportAudit.run([ExportSource(name: "a", bytes: Self.bytes(original + [[forged]]))])
        #expect(mixed.files[0].fault != nil && mixed.fraud == nil)
    }

    @Test("a restored image that says rollback-detected contradicts nothing")
    func restored() async throws {
        var device = try SampleDevice(connectors: 1)
        var records = try device.session(.connector(1), kilowattHours: 1)
        var restored = device
        let head = try #require(device.heads[.connector(1)])
        records += try device.session(.connector(1), kilowattHours: 2)
        let proved = try #require(device.heads[.connector(1)])
        var rollback = restored.next(
            .connector(1),
            .rollbackDetected(
                RollbackDetected(
                    journalSequence: head.sequence, journalHash: head.hash, provedSequence: proved.sequence,
                    ledgerHeight: 3)))
        rollback.sequence = proved.sequence + 1
        rollback.previous = proved.hash
        let behind = Array(records.prefix(Int(head.sequence))) + [try restored.append(rollback)]
        let audit = try await ExportAudit.run([
            ExportSource(name: "a", bytes: Self.bytes([[device.genesis], records])),
            ExportSource(name: "b", bytes: Self.bytes([[device.genesis], behind])),
            // Who has every record, as the ledger does, misses none.
            ExportSource(name: "c", bytes: Self.bytes([[device.genesis], records, behind.suffix(1)])),
            // Pruned up to the rollback: it still names what it lost.
            ExportSource(name: "d", bytes: Self.bytes([[device.genesis], behind.suffix(1)])),
        ])
        #expect(audit.isValid)
        let lost = audit.files.map { $0.verifier.chains.last?.lost }
        let missing = [head.sequence + 1...proved.sequence]
        #expect(lost == [[], missing, [], missing])
    }

    @Test("a record that was exported and lost before the ledger had it shares its number with the rollback's: a fraud")
    func restoredTooEarly() async throws {
        var device = try SampleDevice(connectors: 1)
        let records = try device.session(.connector(1), kilowattHours: 1)
        var restored = device
        let head = try #require(device.heads[.connector(1)])
        let later = try device.session(.connector(1), kilowattHours: 2)
        // The ledger had all but the last of these.
        let proved = later[later.count - 2]
        var rollback = restored.next(
            .connector(1),
            .rollbackDetected(
                RollbackDetected(
                    journalSequence: head.sequence, journalHash: head.hash, provedSequence: proved.record.sequence,
                    ledgerHeight: 3)))
        rollback.sequence = proved.record.sequence + 1
        rollback.previous = proved.hash
        let behind = records + [try restored.append(rollback)]
        let audit = try await ExportAudit.run([
            ExportSource(name: "a", bytes: Self.bytes([[device.genesis], records + later])),
            ExportSource(name: "b", bytes: Self.bytes([[device.genesis], behind])),
        ])
        #expect(audit.files.allSatisfy { $0.fault == nil })
        #expect(audit.fraud?.one.record.record.sequence == rollback.sequence)
    }

    @Test("exports of two devices are not held against each other")
    func strangers() async throws {
        let (original, _, _) = try Self.clone()
        var stranger = try SampleDevice(seed: 50)
        let theirs = try stranger.session(.connector(1), kilowattHours: 1)
        let audit = try await ExportAudit.run([
            ExportSource(name: "a", bytes: Self.bytes(original)),
            ExportSource(name: "b", bytes: Self.bytes([[stranger.genesis], theirs])),
        ])
        #expect(!audit.isValid && audit.fraud == nil)
        #expect(audit.files[1].fault?.description.contains("device") == true)
    }

    @Test("a part of an export needs key and ledger, and is compared with them")
    func parts() async throws {
        let (original, clone, device) = try Self.clone()
        let part = ExportSource(name: "part", bytes: Self.bytes([Array(clone[1].dropFirst(3))]))
        #expect(try await ExportAudit.run([part]).files[0].fault != nil)
        let key = Array(device.signingKey.publicKey.rawRepresentation)
        let alone = try await ExportAudit.run([part], publicKey: key, ledger: device.ledger)
        #expect(alone.isValid)
        let mine = ExportSource(name: "mine", bytes: Self.bytes([Array(original[1].dropFirst(3))]))
        let both = try await ExportAudit.run([mine, part], publicKey: key, ledger: device.ledger)
        let fraud = try #require(both.fraud)
        #expect(throws: FraudProofError.self) { try fraud.proof.get() }
    }
}
