import Crypto
import RecordSamples
import SignedRecords
import Testing

@testable import DeviceKeys

/// Keys that change, and what the signer refuses around it.
struct RotationTests {
    let signer: RecordSigner
    let vault: FileVault
    let ledger: LedgerChainID
    let device: DeviceID

    init() throws {
        vault = try FileVault(SimulatedKeyStorage("keys"), secret: SimulatedKeyStorage("s"), "wrap", machine: [])
        signer = try RecordSigner(vault: vault)
        ledger = try LedgerChainID("wattseal-test")
        device = signer.publicKeys.deviceID
    }

    private func record(
        _ sequence: UInt64, _ body: RecordBody, behind previous: RecordHash = .zero, epoch: UInt32 = 1,
        chain: ChainNumber = .device
    ) -> Record {
        Record(
            device: device, chain: chain, sequence: sequence, previous: previous, keyEpoch: epoch,
            time: SampleDevice.time(sequence), body: body)
    }

    private let latched = RecordBody.event(.faultLatched(FaultLatched(code: 1)))

    @Test func aKeyChangeIsWhatAVerifierWants() throws {
        let previous = RecordHash(hashing: [9])
        let change = try signer.prepareKeyChange(device: device, sequence: 2, previous: previous)
        #expect(change.newEpoch == 2)
        #expect(change.publicKeys == (try vault.publicKeys(epoch: 2)))
        #expect(change.publicKeys.isValidCrossSignature(change.p256Signature))
        let statement = KeyChange.statement(
            device: device, sequence: 2, previous: previous, newEpoch: 2, keys: change.publicKeys)
        let key = try Curve25519.Signing.PublicKey(rawRepresentation: change.ed25519PublicKey)
        #expect(key.isValidSignature(change.newKeySignature, for: statement))
        // Nothing is in force yet, and the same question has the same answer, signature by signature.
        #expect(signer.epoch == 1)
        #expect(try signer.prepareKeyChange(device: device, sequence: 2, previous: previous) == change)
        let elsewhere = try signer.prepareKeyChange(device: device, sequence: 3, previous: previous)
        #expect(elsewhere.publicKeys == change.publicKeys)
        #expect(elsewhere.newKeySignature != change.newKeySignature)
        #expect(throws: KeyStoreError.self) {
            try signer.prepareKeyChange(device: .zero, sequence: 2, previous: previous)
        }
    }

    @Test func theWholeWay() throws {
        let first = try signer.sign(record(1, latched), ledger: ledger, durableHead: 0)
        let change = try signer.prepareKeyChange(device: device, sequence: 2, previous: first.hash)
        let changing = record(2, .keyChange(change), behind: first.hash)
        let signed = try signer.sign(changing, ledger: ledger, durableHead: 1)
        let old = signer.publicKeys
        try signed.verify(ed25519: old.ed25519, ledger: ledger)
        try signer.activate(epoch: 2)
        #expect(signer.publicKeys == change.publicKeys)
        #expect(!signer.madeKeys)
        // The record that is pending from before is given again; a new one of the old epoch is refused.
        #expect(try signer.sign(changing, ledger: ledger, durableHead: 1) == signed)
        #expect(throws: KeyStoreError.wrongEpoch(expected: 2, found: 1)) {
            try signer.sign(record(3, latched, behind: signed.hash), ledger: ledger, durableHead: 2)
        }
        let next = try signer.sign(
            record(3, latched, behind: signed.hash, epoch: 2), ledger: ledger, durableHead: 2)
        try next.verify(ed25519: change.ed25519PublicKey, ledger: ledger)
        #expect(try vault.epochs() == [1, 2])
        try signer.discardRetiredKeys()
        #expect(try vault.epochs() == [2])
        // The device stays the same one behind the loss of its first key.
        let again = try RecordSigner(vault: vault)
        #expect(again.epoch == 2)
        _ = try again.sign(record(3, latched, behind: signed.hash, epoch: 2), ledger: ledger, durableHead: 2)
        var foreign = record(4, latched, behind: next.hash, epoch: 2)
        foreign.device = .zero
        #expect(throws: KeyStoreError.self) { try again.sign(foreign, ledger: ledger, durableHead: 2) }
    }

    @Test func anEpochNeverFallsAndIsNeverInvented() throws {
        #expect(throws: KeyStoreError.noSuchEpoch(2)) { try signer.activate(epoch: 2) }
        #expect(throws: KeyStoreError.wrongEpoch(expected: 1, found: 0)) { try signer.activate(epoch: 0) }
        try signer.activate(epoch: 1)
        _ = try signer.prepareKeyChange(device: device, sequence: 2, previous: .zero)
        try signer.activate(epoch: 2)
        #expect(throws: KeyStoreError.wrongEpoch(expected: 2, found: 1)) { try signer.activate(epoch: 1) }
        // A prepared epoch that is not in force is not retired.
        _ = try signer.prepareKeyChange(device: device, sequence: 5, previous: .zero)
        try signer.discardRetiredKeys()
        #expect(try vault.epochs() == [2, 3])
    }

    /// Whoever has the daemon cannot hand the device over to keys of his own.
    @Test func foreignKeysAreRefused() throws {
        let other = try SampleDevice(seed: 7)
        let genesis = record(1, other.genesis.record.body)
        #expect(throws: KeyStoreError.foreignKeys(chain: .device, sequence: 1)) {
            try signer.sign(genesis, ledger: ledger, durableHead: 0)
        }
        var change = try signer.prepareKeyChange(device: device, sequence: 1, previous: .zero)
        change.newEpoch = 3
        #expect(throws: KeyStoreError.foreignKeys(chain: .device, sequence: 1)) {
            try signer.sign(record(1, .keyChange(change)), ledger: ledger, durableHead: 0)
        }
        change.newEpoch = 2
        change.ed25519PublicKey = other.publicKeys.ed25519
        #expect(throws: KeyStoreError.foreignKeys(chain: .device, sequence: 1)) {
            try signer.sign(record(1, .keyChange(change)), ledger: ledger, durableHead: 0)
        }
        #expect(try signer.pending(chain: .device).isEmpty)
    }

    @Test func proofOfPossession() throws {
        let nonce = [UInt8](repeating: 5, count: 32)
        let proof = try signer.provePossession(product: "Box", serial: "7", nonce: nonce)
        let key = try Curve25519.Signing.PublicKey(rawRepresentation: signer.publicKeys.ed25519)
        let statement = EnrolmentStatement.signedBytes(
            product: "Box", serial: "7", nonce: nonce, keys: signer.publicKeys, epoch: 1)
        #expect(key.isValidSignature(proof, for: statement))
        for (product, serial, count) in [
            (String(repeating: "x", count: 65), "7", 32), ("Box", "a\u{7}", 32), ("Box", "7", 15), ("Box", "7", 65),
        ] {
            #expect(throws: KeyStoreError.self) {
                try signer.provePossession(
                    product: product, serial: serial, nonce: [UInt8](repeating: 0, count: count))
            }
        }
    }

    @Test func nothingIsSignedBehindDestruction() throws {
        let signed = try signer.sign(record(1, latched), ledger: ledger, durableHead: 0)
        _ = try signer.prepareKeyChange(device: device, sequence: 2, previous: signed.hash)
        try signer.destroyKeys()
        try signer.destroyKeys()
        let gone = KeyStoreError.keysDestroyed
        #expect(throws: gone) {
            try signer.sign(record(2, latched, behind: signed.hash), ledger: ledger, durableHead: 1)
        }
        #expect(throws: gone) { try signer.sign(record(1, latched), ledger: ledger, durableHead: 0) }
        #expect(throws: gone) { try signer.crossSignature() }
        #expect(throws: gone) { try signer.signOCMF(payload: Array("{}".utf8)) }
        #expect(throws: gone) { try signer.provePossession(product: "", serial: "", nonce: [UInt8](1...16)) }
        #expect(throws: gone) { try signer.prepareKeyChange(device: device, sequence: 2, previous: .zero) }
        #expect(throws: gone) { try signer.activate(epoch: 2) }
        #expect(throws: gone) { try signer.discardRetiredKeys() }
        #expect(try vault.epochs().isEmpty)
        // What was signed before may still reach the journal.
        #expect(try signer.pending(chain: .device) == [signed])
    }

    /// New keys are new until genesis is durable, however long this signer lives.
    @Test func keysAreNewUntilSomethingIsDurable() throws {
        #expect(signer.madeKeys)
        let signed = try signer.sign(record(1, latched), ledger: ledger, durableHead: 0)
        #expect(signer.madeKeys)
        _ = try signer.sign(record(2, latched, behind: signed.hash), ledger: ledger, durableHead: 1)
        #expect(!signer.madeKeys)
    }

    /// A chip that errs: its signature never gets out.
    @Test func wrongSignaturesAreCaught() throws {
        final class Faulty: KeyVault {
            let sound: FileVault
            init(_ sound: FileVault) { self.sound = sound }
            var protection: KeyProtection { .tpm }
            var madeKeys: Bool { true }
            func epochs() throws(KeyStoreError) -> [UInt32] { try sound.epochs() }
            func publicKeys(epoch: UInt32) throws(KeyStoreError) -> DevicePublicKeys {
                try sound.publicKeys(epoch: epoch)
            }
            func signEd25519(_ message: [UInt8], epoch: UInt32) throws(KeyStoreError) -> [UInt8] {
                var signature = try sound.signEd25519(message, epoch: epoch)
                signature[40] ^= 1
                return signature
            }
            func signP256(_ message: [UInt8], epoch: UInt32) throws(KeyStoreError) -> [UInt8] { [] }
            func make(epoch: UInt32) throws(KeyStoreError) {}
            func destroy(epoch: UInt32) throws(KeyStoreError) {}
        }
        let faulty = try RecordSigner(vault: Faulty(vault))
        #expect(faulty.protection == "tpm")
        #expect(throws: KeyStoreError.signingFailed) {
            try faulty.sign(record(1, latched), ledger: ledger, durableHead: 0)
        }
        #expect(try faulty.pending(chain: .device).isEmpty)
    }
}
