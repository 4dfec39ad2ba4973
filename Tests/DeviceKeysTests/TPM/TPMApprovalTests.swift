import Foundation
import SignedRecords
import Testing

@testable import DeviceKeys

/// PCR values approved by signature: firmware changes and the keys still open; and keys sealed until the next boot.
@Suite(.serialized, .enabled(if: SoftwareTPM.isInstalled && OpenSSL.isInstalled, SoftwareTPM.missing))
struct TPMApprovalTests {
    private let message = Array("a record".utf8)

    private func notApproved(_ bench: TPMBench, _ count: Int, _ unusable: [String] = []) -> KeyStoreError {
        .tpm(.notApproved(path: bench.file(1), approvals: count, unusable: unusable))
    }

    @Test func approvedFirmwareOpensAndOtherDoesNot() throws {
        let bench = try TPMBench()
        let options = SealOptions(authority: try bench.makeAuthority())
        // Keys that nothing could open at the next start are not made.
        #expect(throws: notApproved(bench, 0)) { try bench.open(options) }
        #expect(!bench.files.contains("epoch-1.tpm"))
        try bench.tpm.measure(pcr: 4, byte: "01")
        try bench.approve("4,7", as: "one")
        let keys = try bench.open(options).publicKeys(epoch: 1)

        // The next firmware, approved before it is installed.
        try bench.tpm.reboot()
        try bench.tpm.measure(pcr: 4, byte: "02")
        #expect(throws: notApproved(bench, 1)) { try bench.open().signEd25519(message, epoch: 1) }
        try bench.approve("4,7", as: "two")
        let updated = try bench.open()
        #expect(try updated.publicKeys(epoch: 1) == keys)
        let signature = try updated.signEd25519(message, epoch: 1)
        #expect(try OpenSSL.verifiesEd25519(signature, message, key: keys.ed25519, in: bench.root))
        // The first firmware still opens: a rolled back update does not cost the keys.
        try bench.tpm.reboot()
        try bench.tpm.measure(pcr: 4, byte: "01")
        _ = try bench.open().signEd25519(message, epoch: 1)
        // A third does not, nor one that another key approved, nor with files that are no approvals.
        try bench.tpm.measure(pcr: 7)
        #expect(throws: notApproved(bench, 2)) { try bench.open().signEd25519(message, epoch: 1) }
        _ = try bench.makeAuthority("stranger")
        try bench.approve("4,7", authority: "stranger", as: "three")
        try Data("pcrs 4\nsignature 00\n".utf8).write(to: URL(filePath: "\(bench.keys)/approvals/bad.approval"))
        #expect(throws: notApproved(bench, 3, ["bad.approval"])) { try bench.open().signEd25519(message, epoch: 1) }
        #expect(try bench.tpm.loadedHandles() == 0)
    }

    /// The authority is the one of the first epoch, whatever is laid into the configuration or the file later.
    @Test func theAuthorityCannotBeExchanged() throws {
        let bench = try TPMBench()
        let options = SealOptions(authority: try bench.makeAuthority())
        try bench.approve("7", as: "one")
        _ = try bench.open(options)
        let stranger = try bench.makeAuthority("stranger")
        let vault = try bench.open(SealOptions(authority: stranger))
        try vault.make(epoch: 2)
        let second = try SealedKeyFile.decode(try bench.read(bench.file(2)), epoch: 2, path: "")
        let first = try SealedKeyFile.decode(try bench.read(bench.file(1)), epoch: 1, path: "")
        #expect(second.policy == first.policy)
        // A file that names the stranger instead is refused by the TPM.
        try bench.approve("7", authority: "stranger", as: "one")
        let forged = SealedKeyFile(
            epoch: 1, publicKeys: first.publicKeys, primary: first.primary,
            policy: SealingPolicy(boot: .approved(authority: try PolicyAuthority(path: stranger).key), lock: nil),
            publicPart: first.publicPart, privatePart: first.privatePart, endorsement: nil)
        try bench.write(forged.encode(), to: bench.file(1))
        let refused = KeyStoreError.damaged(path: bench.file(1), what: "sealed under another policy than it names")
        #expect(throws: refused) { try bench.open() }
        try Data("no key".utf8).write(to: URL(filePath: stranger))
        let empty = bench.root.appending(path: "empty").path
        #expect(throws: KeyStoreError.tpm(.invalidAuthority(path: stranger))) {
            try TPMVault(directory: empty, tcti: bench.tpm.tcti, options: SealOptions(authority: stranger))
        }
    }

    @Test func sealedUntilReboot() throws {
        let bench = try TPMBench()
        let options = SealOptions(sealsUntilReboot: true)
        let vault = try bench.open(options)
        _ = try vault.signEd25519(message, epoch: 1)
        // Nobody opens it again in this boot: no other program, and no restarted signer either.
        let sealed = KeyStoreError.tpm(.sealedUntilReboot(path: bench.file(1), pcr: 13))
        for _ in 0..<2 {
            let restarted = try bench.open(options)
            #expect(throws: sealed) { try restarted.signEd25519(message, epoch: 1) }
            // What such a signer made could not be signed for by the keys before it.
            #expect(throws: sealed) { try restarted.make(epoch: 2) }
        }
        #expect(bench.files == ["epoch-1.tpm"])
        // The first one still makes the next epoch, for the next boot.
        try vault.make(epoch: 2)
        _ = try vault.signEd25519(message, epoch: 2)
        try bench.tpm.reboot()
        let next = try bench.open(options)
        _ = try next.signEd25519(message, epoch: 1)
        _ = try next.signEd25519(message, epoch: 2)
        #expect(throws: sealed) { try bench.open().signEd25519(message, epoch: 1) }
        // Switched off, a restarted signer opens them, in a boot that nobody locked.
        try bench.tpm.reboot()
        for _ in 0..<2 { _ = try bench.open().signEd25519(message, epoch: 2) }
        #expect(try bench.tpm.loadedHandles() == 0)
    }

    @Test func aLockingPCRInUseIsNamed() throws {
        let bench = try TPMBench()
        try bench.tpm.measure(pcr: 12)
        #expect(throws: KeyStoreError.tpm(.lockingPCRInUse(pcr: 12))) {
            try bench.open(SealOptions(sealsUntilReboot: true, lockingPCR: 12))
        }
        #expect(bench.files.isEmpty)
    }

    @Test func approvalsAreReadStrictly() throws {
        let signature = "3006020101020101"
        #expect(PCRApproval(text: "pcrs 0,7\nsignature \(signature)\n")?.pcrs.indices == [0, 7])
        for text in [
            "", "pcrs 7\n", "signature \(signature)\npcrs 7\n", "pcrs 24\nsignature \(signature)\n",
            "pcrs 7,7\nsignature \(signature)\n", "pcrs 7,\nsignature \(signature)\n", "pcrs\nsignature \(signature)\n",
            "pcrs 7\nsignature 30\n", "pcrs 7\nsignature \(signature)\nmore 1\n", "pcrs 7 8\nsignature \(signature)\n",
        ] { #expect(PCRApproval(text: text) == nil, "\(text)") }
    }
}
