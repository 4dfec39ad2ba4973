import Crypto
import SignedRecords
import Testing

@testable import DeviceKeys

/// The file vault, stopped in place of each single change of the disk, by a kill and by a power cut.
struct FileVaultStopTests {
    /// The vault's directory and that of the secret, one disk each.
    struct Device {
        let keys = SimulatedKeyStorage("keys")
        let secret = SimulatedKeyStorage("secret")
        let machine = [WrapSource(name: "machine-id", values: [Array("0123456789abcdef".utf8)])]

        func open() throws -> FileVault { try FileVault(keys, secret: secret, "wrap", machine: machine) }

        /// Both disks stop after `count` changes of theirs.
        func stop(_ disk: SimulatedKeyStorage, after count: Int?) { disk.stop(after: count) }

        func cut(_ loss: SimulatedKeyStorage.Loss) {
            keys.cut(loss)
            secret.cut(loss)
        }
    }

    /// Runs `act` stopped at each place of either disk with each loss, and once to its end; `check` is told whether it came
    /// to its end.
    private func stopped<Before>(
        _ prepare: (Device) throws -> Before, act: (Device, Before) throws -> Void,
        check: (Device, Before, Bool) throws -> Void
    ) throws {
        var stops = 0
        for onSecret in [false, true] {
            for loss in SimulatedKeyStorage.Loss.allCases {
                var count = 0
                while true {
                    let device = Device()
                    let before = try prepare(device)
                    let disk = onSecret ? device.secret : device.keys
                    disk.stop(after: count)
                    let isDone: Bool
                    do {
                        try act(device, before)
                        isDone = true
                    } catch KeyStoreError.system(call: "stop", path: _, errno: _) {
                        isDone = false
                    }
                    device.cut(loss)
                    try check(device, before, isDone)
                    if isDone { break }
                    (count, stops) = (count + 1, stops + 1)
                }
            }
        }
        #expect(stops >= 16, "something was stopped")
    }

    @Test func firstStart() throws {
        var made: DevicePublicKeys?
        try stopped({ _ in made = nil }) { device, _ in
            made = try device.open().publicKeys(epoch: 1)
        } check: { device, _, isDone in
            let vault = try device.open()
            #expect(try vault.epochs() == [1])
            // Keys that were told are there for good; keys that nobody saw may be made anew.
            if isDone { #expect(try vault.publicKeys(epoch: 1) == made && !vault.madeKeys) }
            let again = try device.open()
            #expect(try again.publicKeys(epoch: 1) == vault.publicKeys(epoch: 1))
        }
    }

    @Test func nextEpoch() throws {
        var made: DevicePublicKeys?
        try stopped({ try $0.open().publicKeys(epoch: 1) }) { device, _ in
            let vault = try device.open()
            try vault.make(epoch: 2)
            made = try vault.publicKeys(epoch: 2)
        } check: { device, first, isDone in
            let vault = try device.open()
            #expect(try vault.publicKeys(epoch: 1) == first)
            #expect(!vault.madeKeys)
            if isDone { #expect(try vault.publicKeys(epoch: 2) == made) }
            try vault.make(epoch: 2)
            let second = try vault.publicKeys(epoch: 2)
            #expect(second != first)
            if isDone { #expect(second == made) }
            #expect(try device.open().publicKeys(epoch: 2) == second)
        }
    }

    @Test func retirement() throws {
        try stopped { device in
            let vault = try device.open()
            try vault.make(epoch: 2)
            let file = try #require(try device.keys.read("epoch-1.key", maximum: 1_024))
            return (second: try vault.publicKeys(epoch: 2), file: Array(file.suffix(80)))
        } act: { device, _ in
            try device.open().destroy(epoch: 1)
        } check: { device, before, isDone in
            let vault = try device.open()
            #expect(try vault.publicKeys(epoch: 2) == before.second)
            if isDone {
                #expect(try vault.epochs() == [2])
                #expect(!device.keys.holds(before.file), "the retired file's bytes are still on the disk")
                #expect(throws: KeyStoreError.noSuchEpoch(1)) { try vault.publicKeys(epoch: 1) }
            }
            try vault.destroy(epoch: 1)
            #expect(try device.open().epochs() == [2])
        }
    }

    @Test func destruction() throws {
        try stopped { device in
            let vault = try device.open()
            let secret = try #require(try device.secret.read("wrap", maximum: 32))
            return (keys: try vault.publicKeys(epoch: 1), secret: secret)
        } act: { device, _ in
            try device.open().destroy(epoch: 1)
        } check: { device, before, isDone in
            let vault = try device.open()
            #expect(!vault.madeKeys)
            if let epoch = try vault.epochs().first {
                #expect(!isDone && epoch == 1)
                #expect(try vault.publicKeys(epoch: 1) == before.keys)
                try vault.destroy(epoch: 1)
            }
            #expect(try vault.epochs().isEmpty)
            let after = try device.open()
            #expect(!device.secret.holds(before.secret), "the wrapping secret is still on the disk")
            #expect(throws: KeyStoreError.keysDestroyed) { try after.make(epoch: 1) }
            #expect(throws: KeyStoreError.keysDestroyed) { try after.signP256([1], epoch: 1) }
            #expect(throws: KeyStoreError.keysDestroyed) { try RecordSigner(vault: after) }
        }
    }

    /// A rotation as the record desk runs it; the journal's epoch decides which keys are in force after a stop.
    @Test func rotation() throws {
        var journal: (epoch: UInt32, keys: DevicePublicKeys)?
        let place = RecordHash(hashing: [1])
        try stopped { device in
            let keys = try device.open().publicKeys(epoch: 1)
            journal = (1, keys)
            return keys.deviceID
        } act: { device, id in
            let signer = try RecordSigner(vault: try device.open())
            let change = try signer.prepareKeyChange(device: id, sequence: 2, previous: place)
            journal = (2, change.publicKeys)
            try signer.activate(epoch: 2)
            try signer.discardRetiredKeys()
        } check: { device, id, isDone in
            let signer = try RecordSigner(vault: try device.open())
            let (epoch, keys) = try #require(journal)
            try signer.activate(epoch: epoch)
            #expect(signer.publicKeys == keys)
            #expect(signer.epoch == epoch)
            if isDone { #expect(try device.open().epochs() == [2]) }
            if epoch == 1 {
                let change = try signer.prepareKeyChange(device: id, sequence: 2, previous: place)
                try signer.activate(epoch: 2)
                #expect(signer.publicKeys == change.publicKeys)
            }
        }
    }
}
