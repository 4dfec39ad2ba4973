import Foundation
import SignedRecords
import Testing

@testable import DeviceKeys

/// A TPM vault stopped behind every step that it takes on the disk.
@Suite(.serialized, .enabled(if: SoftwareTPM.isInstalled, SoftwareTPM.missing))
struct TPMVaultStopTests {
    private let message = Array("a record".utf8)

    /// Runs `scenario` with 0, 1, 2, … changes allowed until one runs to its end; answers how many that took.
    private func stopEverywhere(_ scenario: (Int) throws -> Bool) throws -> Int {
        for changes in 0..<50 where try !scenario(changes) { return changes }
        Issue.record("the scenario never ends")
        return 0
    }

    @Test func makingTheFirst() throws {
        let steps = try stopEverywhere { changes in
            let bench = try TPMBench()
            let (vault, storage) = try bench.open(changes: changes)
            if !storage.hasStopped { #expect(try vault.get().madeKeys) }
            // A file under its name is whole: from then on its keys are the device's.
            let named = bench.files.contains("epoch-1.tpm")
            let next = try bench.open()
            #expect(next.madeKeys == !named)
            #expect(bench.files == ["epoch-1.tpm"])
            let keys = try next.publicKeys(epoch: 1)
            #expect(try bench.open().publicKeys(epoch: 1) == keys)
            return storage.hasStopped
        }
        // Remove, create, sync, rename, sync of the directory.
        #expect(steps == 5)
    }

    @Test func makingTheNext() throws {
        let steps = try stopEverywhere { changes in
            let bench = try TPMBench()
            let keys = try bench.open().publicKeys(epoch: 1)
            let (opened, storage) = try bench.open(changes: changes)
            let vault = try opened.get()
            let made: Void? = try? vault.make(epoch: 2)
            #expect((made != nil) == !storage.hasStopped)
            let next = try bench.open()
            #expect(try next.publicKeys(epoch: 1) == keys)
            _ = try next.signEd25519(message, epoch: 1)
            let prepared = try next.epochs() == [1, 2] ? try next.publicKeys(epoch: 2) : nil
            try next.make(epoch: 2)
            if let prepared { #expect(try next.publicKeys(epoch: 2) == prepared) }
            if made != nil { #expect(try next.publicKeys(epoch: 2) == vault.publicKeys(epoch: 2)) }
            #expect(bench.files == ["epoch-1.tpm", "epoch-2.tpm"])
            return storage.hasStopped
        }
        #expect(steps == 5)
    }

    @Test func destroyingARetiredOne() throws {
        let steps = try stopEverywhere { changes in
            let bench = try TPMBench()
            try bench.open().make(epoch: 2)
            let (opened, storage) = try bench.open(changes: changes)
            let vault = try opened.get()
            let keys = try vault.publicKeys(epoch: 2)
            _ = try? vault.destroy(epoch: 1)
            let next = try bench.open()
            #expect(try next.publicKeys(epoch: 2) == keys)
            if changes == 0 { #expect(try next.epochs() == [1, 2]) } else { #expect(try next.epochs() == [2]) }
            try next.destroy(epoch: 1)
            #expect(bench.files == ["epoch-2.tpm"])
            return storage.hasStopped
        }
        // Rename, sync of the directory; overwrite, sync, remove, sync of the directory.
        #expect(steps == 6)
    }

    @Test func destroyingTheLast() throws {
        let steps = try stopEverywhere { changes in
            let bench = try TPMBench()
            let keys = try bench.open().publicKeys(epoch: 1)
            let (opened, storage) = try bench.open(changes: changes)
            _ = try? opened.get().destroy(epoch: 1)
            let next = try bench.open()
            // Never a new device: either the keys are whole, or they are gone.
            #expect(!next.madeKeys)
            if changes <= 3 {
                #expect(try next.publicKeys(epoch: 1) == keys)
            } else {
                #expect(try next.epochs().isEmpty)
                #expect(bench.files == ["destroyed"])
            }
            return storage.hasStopped
        }
        #expect(steps == 11)
    }
}
