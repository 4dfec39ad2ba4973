import Crypto
import Foundation
import SignedRecords
import Testing

@testable import DeviceKeys

/// Keys sealed by a TPM, against a real one in software: opened at a start, refused where the machine changed.
@Suite(.serialized, .enabled(if: SoftwareTPM.isInstalled, SoftwareTPM.missing))
struct TPMVaultTests {
    private let message = Array("a record".utf8)

    private func policyRefused(_ bench: TPMBench, _ epoch: Int = 1) -> KeyStoreError {
        .tpm(.policyRefused(path: bench.file(epoch), pcrs: [7]))
    }

    @Test func sealsAtTheFirstStartAndOpensAtLaterOnes() throws {
        let bench = try TPMBench()
        let first = try bench.open()
        #expect(first.madeKeys)
        #expect(first.protection == .tpm)
        #expect(try first.epochs() == [1])
        let keys = try first.publicKeys(epoch: 1)
        #expect(bench.files == ["epoch-1.tpm"])
        // The signer restarted in the same boot, and after a boot.
        #expect(try bench.open().publicKeys(epoch: 1) == keys)
        try bench.tpm.reboot()
        let second = try bench.open()
        #expect(!second.madeKeys)
        #expect(try second.publicKeys(epoch: 1) == keys)
        #expect(try second.signEd25519(message, epoch: 1).count == 64)
        #expect(throws: KeyStoreError.noSuchEpoch(2)) { try second.publicKeys(epoch: 2) }
    }

    @Test(.enabled(if: OpenSSL.isInstalled, "needs openssl")) func opensslAcceptsBothSignatures() throws {
        let bench = try TPMBench()
        _ = try bench.open()
        try bench.tpm.reboot()
        let vault = try bench.open()
        let keys = try vault.publicKeys(epoch: 1)
        let one = try vault.signEd25519(message, epoch: 1)
        let other = try vault.signP256(message, epoch: 1)
        #expect(try OpenSSL.verifiesEd25519(one, message, key: keys.ed25519, in: bench.root))
        #expect(try OpenSSL.verifiesP256(other, message, key: keys.p256, in: bench.root))
        #expect(try !OpenSSL.verifiesEd25519(one, message + [0], key: keys.ed25519, in: bench.root))
        #expect(try !OpenSSL.verifiesP256(other, message + [0], key: keys.p256, in: bench.root))
    }

    @Test func refusesAfterAChangeAndEnrolsAnew() throws {
        let bench = try TPMBench()
        let keys = try bench.open().publicKeys(epoch: 1)
        try bench.tpm.reboot()
        try bench.tpm.measure(pcr: 7)
        let vault = try bench.open()
        #expect(!vault.madeKeys)
        // Who the device was can be told; nothing can be signed with it.
        #expect(try vault.epochs() == [1])
        #expect(try vault.publicKeys(epoch: 1) == keys)
        #expect(throws: policyRefused(bench)) { try vault.signEd25519(message, epoch: 1) }
        #expect(throws: policyRefused(bench)) { try vault.signP256(message, epoch: 1) }
        #expect(throws: policyRefused(bench)) { try vault.make(epoch: 1) }
        try vault.make(epoch: 2)
        #expect(try vault.publicKeys(epoch: 2) != keys)
        _ = try vault.signEd25519(message, epoch: 2)
        // In the same state of the machine, the new ones open and the old ones do not.
        try bench.tpm.reboot()
        try bench.tpm.measure(pcr: 7)
        let again = try bench.open()
        #expect(try again.epochs() == [1, 2])
        _ = try again.signEd25519(message, epoch: 2)
        #expect(throws: policyRefused(bench)) { try again.signEd25519(message, epoch: 1) }
        try again.destroy(epoch: 1)
        #expect(try bench.open().epochs() == [2])
    }

    /// Other PCRs may change; that is what leaves firmware updates free.
    @Test func otherPCRsDoNotMatter() throws {
        let bench = try TPMBench()
        _ = try bench.open()
        for pcr in [0, 4, 9, 11, 13] { try bench.tpm.measure(pcr: pcr) }
        _ = try bench.open().signEd25519(message, epoch: 1)
        let wide = SealOptions(pcrs: [0, 2, 4])
        let other = try TPMBench()
        _ = try other.open(wide)
        try other.tpm.measure(pcr: 4)
        // The file says which PCRs count, whatever the configuration says later.
        let refused = KeyStoreError.tpm(.policyRefused(path: other.file(1), pcrs: [0, 2, 4]))
        #expect(throws: refused) { try other.open().signEd25519(message, epoch: 1) }
    }

    @Test func anotherTPMOpensNothing() throws {
        let bench = try TPMBench()
        let keys = try bench.open().publicKeys(epoch: 1)
        let stranger = try SoftwareTPM(in: bench.root, name: "stranger")
        let elsewhere = KeyStoreError.tpm(.sealedElsewhere(path: bench.file(1)))
        let vault = try TPMVault(directory: bench.keys, tcti: stranger.tcti)
        #expect(try vault.publicKeys(epoch: 1) == keys)
        #expect(throws: elsewhere) { try vault.signEd25519(message, epoch: 1) }
        // Also where the file is made to name the stranger's primary: the parts themselves do not load.
        let file = try SealedKeyFile.decode(try bench.read(bench.file(1)), epoch: 1, path: "")
        let primary = try TPMConnection(tcti: stranger.tcti).withPrimary { (primary) throws(KeyStoreError) in primary.name }
        let forged = SealedKeyFile(
            epoch: 1, publicKeys: file.publicKeys, primary: primary, policy: file.policy, publicPart: file.publicPart,
            privatePart: file.privatePart, endorsement: nil)
        try bench.write(forged.encode(), to: bench.file(1))
        let refused = KeyStoreError.damaged(path: bench.file(1), what: "the TPM does not take the sealed parts")
        #expect(throws: refused) { try TPMVault(directory: bench.keys, tcti: stranger.tcti) }
        // A cleared TPM is another one.
        try bench.write(file.encode(), to: bench.file(1))
        try bench.tpm.tool("tpm2_clear", [])
        #expect(throws: elsewhere) { try bench.open().signEd25519(message, epoch: 1) }
    }

    @Test func rotationKeepsTheOldUntilItIsDestroyed() throws {
        let bench = try TPMBench()
        let vault = try bench.open()
        let first = try vault.publicKeys(epoch: 1)
        try vault.make(epoch: 2)
        let second = try vault.publicKeys(epoch: 2)
        try vault.make(epoch: 2)
        #expect(try vault.publicKeys(epoch: 2) == second)
        try bench.tpm.reboot()
        let again = try bench.open()
        #expect(try again.publicKeys(epoch: 1) == first)
        #expect(try again.publicKeys(epoch: 2) == second)
        _ = try again.signEd25519(message, epoch: 1)
        _ = try again.signEd25519(message, epoch: 2)
        try again.destroy(epoch: 1)
        try again.destroy(epoch: 1)
        #expect(bench.files == ["epoch-2.tpm"])
        #expect(throws: KeyStoreError.noSuchEpoch(1)) { try again.signEd25519(message, epoch: 1) }
        // Its endorsement has no witness any more; it is in force, and the journal names it.
        #expect(try bench.open().signEd25519(message, epoch: 2).count == 64)
        try again.destroy(epoch: 2)
        #expect(bench.files == ["destroyed"])
        #expect(throws: KeyStoreError.keysDestroyed) { try again.make(epoch: 3) }
        let gone = try bench.open()
        #expect(!gone.madeKeys)
        #expect(try gone.epochs().isEmpty)
        #expect(throws: KeyStoreError.keysDestroyed) { try gone.signEd25519(message, epoch: 2) }
        // Enrolled anew by a technician who takes the mark away.
        try FileManager.default.removeItem(atPath: "\(bench.keys)/destroyed")
        let new = try bench.open()
        #expect(new.madeKeys)
        #expect(try new.publicKeys(epoch: 1) != first)
    }

    /// Keys that somebody laid beside the ones in force, sealed for this very TPM and its state, are not used.
    @Test func plantedKeysAreNotUsed() throws {
        let bench = try TPMBench()
        _ = try bench.open()
        let other = root(bench, "other")
        let planter = try TPMVault(directory: other, tcti: bench.tpm.tcti)
        try planter.make(epoch: 2)
        try planter.destroy(epoch: 1)
        try bench.write(try bench.read("\(other)/epoch-2.tpm"), to: bench.file(2))
        let vault = try bench.open()
        let planted = KeyStoreError.damaged(path: bench.file(2), what: "not signed by the keys of epoch 1")
        #expect(throws: planted) { try vault.make(epoch: 2) }
        #expect(throws: planted) { try vault.signEd25519(message, epoch: 2) }
        _ = try vault.signEd25519(message, epoch: 1)
        try vault.destroy(epoch: 2)
        try vault.make(epoch: 2)
        _ = try bench.open().signEd25519(message, epoch: 2)
    }

    private func root(_ bench: TPMBench, _ name: String) -> String { bench.root.appending(path: name).path }

    @Test func everyFlippedByteOfTheFileIsRefused() throws {
        let bench = try TPMBench()
        let keys = try bench.open().publicKeys(epoch: 1)
        let good = try bench.read(bench.file(1))
        #expect(good.count <= SealedKeyFile.maximumBytes)
        func refuse(_ bytes: [UInt8]) throws {
            try bench.write(bytes, to: bench.file(1))
            #expect(throws: KeyStoreError.self) { try bench.open() }
            #expect(try bench.read(bench.file(1)) == bytes)
        }
        for index in good.indices where index.isMultiple(of: 7) {
            var flipped = good
            flipped[index] ^= 0x10
            try refuse(flipped)
        }
        for count in [0, 1, 31, 32, 33, good.count - 1] { try refuse(Array(good.prefix(count))) }
        try refuse(good + [0])
        // With a fresh checksum over the flipped bytes, the TPM or the comparison of the keys finds it.
        let map = Array(good.dropLast(32))
        for index in stride(from: 30, to: map.count, by: 41) {
            var flipped = map
            flipped[index] ^= 0x10
            try bench.write(flipped + Array(SHA256.hash(data: flipped)), to: bench.file(1))
            let usable = (try? bench.open()).map { (try? $0.signEd25519(message, epoch: 1)) != nil } ?? false
            #expect(!usable, "byte \(index)")
        }
        try bench.write(good, to: bench.file(1))
        #expect(try bench.open().publicKeys(epoch: 1) == keys)
    }

    @Test func nothingSecretIsOnTheDiskOrInWords() throws {
        let bench = try TPMBench()
        let connection = try TPMConnection(tcti: bench.tpm.tcti)
        let (file, secrets) = try connection.withPrimary { (primary) throws(KeyStoreError) in
            let sealer = KeySealer(connection: connection, primary: primary, approvals: "none")
            let policy = SealingPolicy(boot: .unchanged(PCRSet([7])!), lock: nil)
            let (file, keys) = try sealer.make(epoch: 1, policy: policy, endorsedBy: nil, path: "file")
            return (file, [Array(keys.ed25519.rawRepresentation), Array(keys.p256.rawRepresentation)])
        }
        for secret in secrets { #expect(file.encode().firstRange(of: secret) == nil) }
        // What a refusal says.
        for secret in secrets {
            let words = "\(KeyStoreError.tpm(.policyRefused(path: "file", pcrs: [7])))"
            #expect(!words.contains(Hexadecimal.encode(secret)))
        }
    }

    @Test func aTPMThatIsNotThereIsNamed() throws {
        let bench = try TPMBench()
        let vault = try bench.open()
        bench.tpm.stop()
        let tcti = bench.tpm.tcti
        func isUnreachable(_ error: any Error) -> Bool {
            guard case .some(.tpm(.unreachable(let named, _))) = error as? KeyStoreError else { return false }
            return named == tcti && "\(error)".contains("no TPM answers at \(tcti)")
        }
        #expect(performing: { try bench.open() }, throws: isUnreachable)
        #expect(performing: { try vault.make(epoch: 2) }, throws: isUnreachable)
        // What was opened goes on signing.
        _ = try vault.signEd25519(message, epoch: 1)
        #expect(throws: KeyStoreError.self) { try TPMVault(directory: bench.keys, tcti: "nonsense:where") }
        #expect(throws: KeyStoreError.self) { try TPMVault(directory: bench.keys, tcti: "device:/dev/null") }
        #expect(bench.files == ["epoch-1.tpm"])
    }

    @Test func wrongPCRsAreNamed() throws {
        let bench = try TPMBench()
        for pcrs in [[], [24], [-1], [7, 7]] {
            #expect(throws: KeyStoreError.tpm(.invalidPCRs(pcrs))) { try bench.open(SealOptions(pcrs: pcrs)) }
        }
        for pcr in [16, 23, 24, -1] {
            #expect(throws: KeyStoreError.tpm(.invalidPCRs([pcr]))) { try bench.open(SealOptions(lockingPCR: pcr)) }
        }
    }

    /// A policy over a bank that does not exist would be a policy over nothing.
    @Test func aTPMWithoutTheBankIsRefused() throws {
        let bench = try TPMBench(banks: "sha1")
        #expect(throws: KeyStoreError.tpm(.bankMissing(pcr: 7))) { try bench.open() }
        #expect(bench.files.isEmpty)
    }

    /// Without a resource manager, the fourth object left behind would fail with 0x902.
    @Test func nothingStaysInTheTPM() throws {
        let bench = try TPMBench()
        let vault = try bench.open()
        for epoch in UInt32(2)...60 {
            try vault.make(epoch: epoch)
            try vault.destroy(epoch: epoch)
        }
        for _ in 0..<50 { _ = try bench.open() }
        #expect(try bench.tpm.loadedHandles() == 0)
        // Nor where the TPM refuses.
        try bench.tpm.measure(pcr: 7)
        for _ in 0..<100 {
            #expect(throws: policyRefused(bench)) { try bench.open().signEd25519(message, epoch: 1) }
        }
        #expect(try bench.tpm.loadedHandles() == 0)
    }
}
