import Foundation
import SignedRecords
import Testing

@testable import DeviceKeys

/// What a key file is wrapped with, and what is said when it is gone.
struct WrapTests {
    private let serial = WrapSource(name: "device-tree-serial", values: [Array("S1".utf8)])
    private let card = WrapSource(
        name: "emmc-cid", values: [Array("150100424a54443452".utf8), Array("90014a484247".utf8)])

    private func vault(_ keys: SimulatedKeyStorage, _ secret: SimulatedKeyStorage, _ machine: [WrapSource]) throws
        -> FileVault
    {
        try FileVault(keys, secret: secret, "wrap", machine: machine)
    }

    @Test func sourcesComeAndGo() throws {
        let (keys, secret) = (SimulatedKeyStorage("keys"), SimulatedKeyStorage("secret"))
        let made = try vault(keys, secret, [serial]).publicKeys(epoch: 1)
        // One that appears later does not matter to an old file, and protects a new one.
        let grown = try vault(keys, secret, [card, serial])
        #expect(try grown.publicKeys(epoch: 1) == made)
        try grown.make(epoch: 2)
        #expect(throws: KeyStoreError.wrapSourceMissing(path: "keys/epoch-2.key", source: "emmc-cid")) {
            try vault(keys, secret, [serial])
        }
        #expect(throws: KeyStoreError.wrapSourceMissing(path: "keys/epoch-1.key", source: "device-tree-serial")) {
            try vault(keys, secret, [card])
        }
        let other = WrapSource(name: serial.name, values: [Array("S2".utf8)])
        #expect(throws: KeyStoreError.wrapSourceChanged(path: "keys/epoch-1.key", source: "device-tree-serial")) {
            try vault(keys, secret, [other, card])
        }
        // Of several parts of a kind, the right one is found in any order.
        let swapped = WrapSource(name: card.name, values: card.values.reversed())
        #expect(try vault(keys, secret, [serial, swapped]).epochs() == [1, 2])
    }

    @Test func theSecretIsNeeded() throws {
        let (keys, secret) = (SimulatedKeyStorage("keys"), SimulatedKeyStorage("secret"))
        let made = try vault(keys, secret, []).publicKeys(epoch: 1)
        #expect(throws: KeyStoreError.wrapSecretMissing(path: "empty/wrap")) {
            try vault(keys, SimulatedKeyStorage("empty"), [])
        }
        let foreign = SimulatedKeyStorage("foreign")
        try foreign.store("wrap", [UInt8](repeating: 7, count: 32))
        #expect(throws: KeyStoreError.wrapSourceChanged(path: "keys/epoch-1.key", source: "secret")) {
            try vault(keys, foreign, [])
        }
        let short = SimulatedKeyStorage("short")
        try short.store("wrap", [UInt8](repeating: 7, count: 31))
        #expect(throws: KeyStoreError.damaged(path: "short/wrap", what: "a wrapping secret has 32 bytes")) {
            try vault(keys, short, [])
        }
        #expect(try vault(keys, secret, []).publicKeys(epoch: 1) == made)
    }

    /// The machine's marks are read from where the kernel and systemd show them.
    @Test func machineMarks() throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "wattseal-root-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        func write(_ path: String, _ text: String) throws {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        #expect(WrapSource.ofMachine(root: root.path).isEmpty)
        let (sd, emmc) = (String(repeating: "a1", count: 16), String(repeating: "b2", count: 16))
        try write("sys/block/mmcblk0/device/type", "SD\n")
        try write("sys/block/mmcblk0/device/cid", "\(sd)\n")
        try write("sys/block/mmcblk2/device/type", "MMC\n")
        try write("sys/block/mmcblk2/device/cid", "\(emmc)\n")
        try write("proc/device-tree/serial-number", "10000000abcd\0")
        try write("etc/machine-id", "uninitialized\n")
        #expect(
            WrapSource.ofMachine(root: root.path) == [
                WrapSource(name: "device-tree-serial", values: [Array("10000000abcd".utf8)]),
                WrapSource(name: "emmc-cid", values: [Array(emmc.utf8)]),
            ])
        let id = String(repeating: "c3", count: 16)
        try write("etc/machine-id", "\(id)\n")
        #expect(
            WrapSource.ofMachine(root: root.path).last == WrapSource(name: "machine-id", values: [Array(id.utf8)]))
    }
}
