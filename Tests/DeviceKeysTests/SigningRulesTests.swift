import Crypto
import DeviceKeys
import Foundation
import RecordSamples
import SignedRecords
import Testing

/// What the signer signs and what it refuses: one number never has two contents.
struct SigningRulesTests {
    let root: URL
    let store: RecordSigner
    let ledger: LedgerChainID
    let chain = ChainNumber.connector(1)

    init() throws {
        root = FileManager.default.temporaryDirectory.appending(path: "wattseal-sign-\(UUID().uuidString)")
        store = try RecordSigner(vault: try FileVault(directory: root.path))
        ledger = try LedgerChainID("wattseal-test")
    }

    private func record(
        _ sequence: UInt64, behind previous: RecordHash = .zero, code: UInt16 = 1, chain: ChainNumber? = nil
    ) -> Record {
        Record(
            device: store.publicKeys.deviceID, chain: chain ?? self.chain, sequence: sequence, previous: previous,
            keyEpoch: 1, time: SampleDevice.time(sequence & 0xFFFF),
            body: .event(.faultLatched(FaultLatched(code: code))))
    }

    /// Signs a run of records that chain.
    @discardableResult
    private func sign(_ sequences: ClosedRange<UInt64>, durableHead: UInt64) throws -> [SignedRecord] {
        var messages: [SignedRecord] = []
        for sequence in sequences {
            let record = record(sequence, behind: messages.last?.hash ?? .zero)
            messages.append(try store.sign(record, ledger: ledger, durableHead: durableHead))
        }
        return messages
    }

    @Test func signsAndGivesTheSameMessageAgain() throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let signed = try store.sign(record(1), ledger: ledger, durableHead: 0)
        try signed.verify(ed25519: store.publicKeys.ed25519, ledger: ledger)
        #expect(try store.sign(record(1), ledger: ledger, durableHead: 0) == signed)
        #expect(try store.pending(chain: chain) == [signed])
        #expect(try store.pending(chain: .device).isEmpty)
    }

    @Test func aDiagnosticsStatementIsSignedForThisDeviceAlone() throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let (time, manifest) = (UTCMilliseconds(1_800_000_000_000), ContentHash(hashing: [1]))
        let device = store.publicKeys.deviceID
        let signature = try store.signDiagnostics(device: device, time: time, manifest: manifest)
        let key = try COSESign1.publicKey(store.publicKeys.ed25519)
        func statement(_ device: DeviceID) -> [UInt8] {
            DiagnosticsStatement(
                device: device, time: time, manifest: manifest, publicKey: store.publicKeys.ed25519, epoch: 1
            ).signedBytes
        }
        #expect(key.isValidSignature(signature, for: statement(device)))
        // What is signed begins as no record's and no enrolment's signed text does.
        #expect(Array(statement(device).prefix(25)) == [0x86, 0x76] + Array("wattseal-diagnostics/1".utf8) + [0x58])
        #expect(throws: KeyStoreError.self) {
            try store.signDiagnostics(device: DeviceID(hashing: [9]), time: time, manifest: manifest)
        }
        try store.destroyKeys()
        #expect(throws: KeyStoreError.keysDestroyed) {
            try store.signDiagnostics(device: device, time: time, manifest: manifest)
        }
    }

    @Test func aProofOfPossessionIsOfThisDeviceAndOfNoOtherKind() throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let (device, nonce) = (store.publicKeys.deviceID, [UInt8](0..<16))
        let signature = try store.signPossession(device: device, nonce: nonce)
        let key = try COSESign1.publicKey(store.publicKeys.ed25519)
        let statement = PossessionStatement.signedBytes(
            device: device, nonce: nonce, publicKey: store.publicKeys.ed25519, epoch: 1)
        #expect(key.isValidSignature(signature, for: statement))
        #expect(Array(statement.prefix(23)) == [0x85, 0x75] + Array("wattseal-possession/1".utf8))
        for other in [
            PossessionStatement.signedBytes(
                device: device, nonce: nonce.reversed(), publicKey: store.publicKeys.ed25519, epoch: 1),
            PossessionStatement.signedBytes(
                device: device, nonce: nonce, publicKey: store.publicKeys.ed25519, epoch: 2),
            PossessionStatement.signedBytes(
                device: DeviceID(hashing: [9]), nonce: nonce, publicKey: store.publicKeys.ed25519, epoch: 1),
        ] { #expect(!key.isValidSignature(signature, for: other)) }
        #expect(throws: KeyStoreError.self) {
            try store.signPossession(device: DeviceID(hashing: [9]), nonce: nonce)
        }
        for count in [0, 15, 65] {
            #expect(throws: KeyStoreError.self) {
                try store.signPossession(device: device, nonce: [UInt8](repeating: 1, count: count))
            }
        }
        try store.destroyKeys()
        #expect(throws: KeyStoreError.keysDestroyed) { try store.signPossession(device: device, nonce: nonce) }
    }

    @Test func otherContentForOneNumberIsRefused() throws {
        defer { try? FileManager.default.removeItem(at: root) }
        _ = try store.sign(record(1), ledger: ledger, durableHead: 0)
        let conflict = KeyStoreError.conflicting(chain: chain, sequence: 1)
        #expect(throws: conflict) { try store.sign(record(1, code: 2), ledger: ledger, durableHead: 0) }
        #expect(throws: conflict) {
            try store.sign(record(1), ledger: try LedgerChainID("other"), durableHead: 0)
        }
    }

    @Test func aNinthAboveTheDurableHeadIsRefused() throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let messages = try sign(1...8, durableHead: 0)
        let ninth = record(9, behind: messages[7].hash)
        #expect(throws: KeyStoreError.tooManyPending(chain: chain, limit: 8)) {
            try store.sign(ninth, ledger: ledger, durableHead: 0)
        }
        // Another chain has its own eight.
        _ = try store.sign(record(1, chain: .connector(2)), ledger: ledger, durableHead: 0)
        // The journal caught up by one: one more.
        let signed = try store.sign(ninth, ledger: ledger, durableHead: 1)
        #expect(try store.pending(chain: chain) == Array(messages.dropFirst()) + [signed])
    }

    @Test func durableAndSkippedNumbersAreRefused() throws {
        defer { try? FileManager.default.removeItem(at: root) }
        #expect(throws: KeyStoreError.alreadyDurable(chain: chain, sequence: 5, durableHead: 5)) {
            try store.sign(record(5), ledger: ledger, durableHead: 5)
        }
        #expect(throws: KeyStoreError.alreadyDurable(chain: chain, sequence: 4, durableHead: 5)) {
            try store.sign(record(4), ledger: ledger, durableHead: 5)
        }
        #expect(throws: KeyStoreError.skipped(chain: chain, expected: 6, found: 7)) {
            try store.sign(record(7), ledger: ledger, durableHead: 5)
        }
        let signed = try store.sign(record(6), ledger: ledger, durableHead: 5)
        #expect(throws: KeyStoreError.skipped(chain: chain, expected: 7, found: 8)) {
            try store.sign(record(8, behind: signed.hash), ledger: ledger, durableHead: 5)
        }
        #expect(throws: KeyStoreError.wrongPrevious(chain: chain, sequence: 7)) {
            try store.sign(record(7), ledger: ledger, durableHead: 5)
        }
        #expect(throws: KeyStoreError.alreadyDurable(chain: .connector(3), sequence: .max, durableHead: .max)) {
            try store.sign(record(.max, chain: .connector(3)), ledger: ledger, durableHead: .max)
        }
    }

    @Test func theDurableHeadNeverGoesBackOrAheadOfWhatWasSigned() throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let messages = try sign(6...8, durableHead: 5)
        let next = record(9, behind: messages[2].hash)
        #expect(throws: KeyStoreError.durableHead(chain: chain, known: 5, told: 4)) {
            try store.sign(next, ledger: ledger, durableHead: 4)
        }
        #expect(throws: KeyStoreError.durableHead(chain: chain, known: 8, told: 9)) {
            try store.sign(next, ledger: ledger, durableHead: 9)
        }
        _ = try store.sign(next, ledger: ledger, durableHead: 8)
        #expect(try store.pending(chain: chain).map(\.record.sequence) == [9])
    }

    @Test func wrongDeviceEpochAndUnreadableRecordsAreRefused() throws {
        defer { try? FileManager.default.removeItem(at: root) }
        var wrong = record(1)
        wrong.device = .zero
        #expect(throws: KeyStoreError.self) { try store.sign(wrong, ledger: ledger, durableHead: 0) }
        wrong = record(1)
        wrong.keyEpoch = 2
        #expect(throws: KeyStoreError.wrongEpoch(expected: 1, found: 2)) {
            try store.sign(wrong, ledger: ledger, durableHead: 0)
        }
        wrong = record(1)
        wrong.time.utc = UTCMilliseconds(-1)
        #expect(throws: KeyStoreError.self) { try store.sign(wrong, ledger: ledger, durableHead: 0) }
        // What was refused left no trace.
        #expect(try store.pending(chain: chain).isEmpty)
        _ = try store.sign(record(1), ledger: ledger, durableHead: 0)
    }

    /// The last number of all is signed once, and nothing behind it traps.
    @Test func theLastNumberIsTheLast() throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let signed = try store.sign(record(.max), ledger: ledger, durableHead: .max - 1)
        #expect(try store.sign(record(.max), ledger: ledger, durableHead: .max - 1) == signed)
        #expect(throws: KeyStoreError.self) { try store.sign(record(.max - 1), ledger: ledger, durableHead: .max - 1) }
        let body = RollbackDetected(journalSequence: 5, journalHash: .zero, provedSequence: .max - 1, ledgerHeight: 9)
        var rollback = record(.max, chain: .connector(2))
        rollback.body = .rollbackDetected(body)
        _ = try store.sign(rollback, ledger: ledger, durableHead: 5)
        #expect(throws: KeyStoreError.self) {
            try store.sign(record(7, chain: .connector(2)), ledger: ledger, durableHead: 5)
        }
    }

    @Test func onlyARollbackRecordSkipsNumbers() throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let body = RollbackDetected(
            journalSequence: 5, journalHash: .zero, provedSequence: 40, ledgerHeight: 9)
        var record = record(41, behind: RecordHash(hashing: [1]))
        record.body = .rollbackDetected(body)
        var elsewhere = record
        elsewhere.sequence = 42
        #expect(throws: KeyStoreError.skipped(chain: chain, expected: 6, found: 42)) {
            try store.sign(elsewhere, ledger: ledger, durableHead: 5)
        }
        let signed = try store.sign(record, ledger: ledger, durableHead: 5)
        #expect(try store.pending(chain: chain) == [signed])
        _ = try store.sign(self.record(42, behind: signed.hash), ledger: ledger, durableHead: 41)
    }

    @Test func ocmfSignatureIsForPayloadsOnly() throws {
        defer { try? FileManager.default.removeItem(at: root) }
        #expect(try store.signOCMF(payload: Array("{\"FV\":\"1.3\"}".utf8)).count == 64)
        let cross = DevicePublicKeys.crossSigned(ed25519: store.publicKeys.ed25519)
        #expect(throws: KeyStoreError.notOCMF) { try store.signOCMF(payload: cross) }
        #expect(throws: KeyStoreError.notOCMF) { try store.signOCMF(payload: []) }
    }
}
