import DeviceKeys
import Foundation
import RecordSamples
import SignedRecords
import Testing

/// The key file: made once, kept, refused where anything about it is wrong, and never replaced.
struct FileKeyStoreTests {
    let root: URL
    let path: String

    init() throws {
        root = FileManager.default.temporaryDirectory.appending(path: "wattseal-keys-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        path = root.appending(path: "keys").path
    }

    private func remove() { try? FileManager.default.removeItem(at: root) }
    private var file: String { "\(path)/device.key" }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.posixPermissions] as? Int)
    }

    private func setMode(_ mode: Int, _ path: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    @Test func firstStartMakesKeysAndLaterOnesKeepThem() throws {
        defer { remove() }
        let first = try FileKeyStore(directory: path + "/")
        #expect(first.madeKeys)
        #expect(first.epoch == 1)
        #expect(first.protection == "software")
        #expect(first.publicKeys.ed25519.count == 32)
        #expect(first.publicKeys.p256.count == 65)
        let second = try FileKeyStore(directory: path)
        #expect(!second.madeKeys)
        #expect(second.publicKeys == first.publicKeys)
        #expect(first.publicKeys.isValidCrossSignature(try second.crossSignature()))
        #expect(try mode(path) == 0o700)
        #expect(try mode(file) == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["device.key"])
        let other = try FileKeyStore(directory: root.appending(path: "other").path)
        #expect(other.publicKeys != first.publicKeys)
    }

    @Test func wrongModesAreRefused() throws {
        defer { remove() }
        _ = try FileKeyStore(directory: path)
        for wrong in [0o640, 0o604, 0o666, 0o400, 0o700] {
            try setMode(wrong, file)
            #expect(throws: KeyStoreError.wrongMode(path: file, expected: 0o600, found: UInt32(wrong))) {
                try FileKeyStore(directory: path)
            }
        }
        try setMode(0o600, file)
        try setMode(0o750, path)
        #expect(throws: KeyStoreError.wrongMode(path: path, expected: 0o700, found: 0o750)) {
            try FileKeyStore(directory: path)
        }
        try setMode(0o700, path)
        #expect(throws: Never.self) { try FileKeyStore(directory: path) }
    }

    @Test(.enabled(if: getuid() == 0, "needs root to give a file away")) func wrongOwnersAreRefused() throws {
        defer { remove() }
        _ = try FileKeyStore(directory: path)
        try FileManager.default.setAttributes([.ownerAccountID: 65_534], ofItemAtPath: file)
        #expect(throws: KeyStoreError.wrongOwner(path: file, expected: 0, found: 65_534)) {
            try FileKeyStore(directory: path)
        }
    }

    @Test func everyTruncationAndFlippedBitIsRefused() throws {
        defer { remove() }
        _ = try FileKeyStore(directory: path)
        let good = try Data(contentsOf: URL(filePath: file))
        #expect(good.count == 108)
        func refuse(_ data: Data) throws {
            try data.write(to: URL(filePath: file))
            try setMode(0o600, file)
            #expect(throws: KeyStoreError.self) { try FileKeyStore(directory: path) }
            // It is never replaced by new keys.
            #expect(try Data(contentsOf: URL(filePath: file)) == data)
        }
        for count in 0..<good.count { try refuse(good.prefix(count)) }
        try refuse(good + [0])
        for index in good.indices {
            var flipped = good
            flipped[index] ^= 0x04
            try refuse(flipped)
        }
        try good.prefix(50).write(to: URL(filePath: file))
        #expect(throws: KeyStoreError.wrongFileLength(path: file, expected: 108, found: 50)) {
            try FileKeyStore(directory: path)
        }
    }

    @Test func linksAndOtherTypesAreRefused() throws {
        defer { remove() }
        _ = try FileKeyStore(directory: path)
        let elsewhere = root.appending(path: "elsewhere").path
        try FileManager.default.moveItem(atPath: file, toPath: elsewhere)
        try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: elsewhere)
        let link = KeyStoreError.wrongFileType(path: file, expected: "a regular file, not a symbolic link")
        #expect(throws: link) { try FileKeyStore(directory: path) }
        try FileManager.default.removeItem(atPath: file)
        try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: false)
        #expect(throws: KeyStoreError.wrongFileType(path: file, expected: "a regular file")) {
            try FileKeyStore(directory: path)
        }
        let linked = root.appending(path: "linked").path
        try FileManager.default.createSymbolicLink(atPath: linked, withDestinationPath: path)
        #expect(throws: KeyStoreError.self) { try FileKeyStore(directory: linked) }
        let plain = root.appending(path: "plain").path
        try Data().write(to: URL(filePath: plain))
        #expect(throws: KeyStoreError.self) { try FileKeyStore(directory: plain) }
    }

    @Test func missingParentIsAnError() throws {
        defer { remove() }
        let deep = root.appending(path: "a/b").path
        #expect(throws: KeyStoreError.system(call: "mkdir", path: deep, errno: ENOENT)) {
            try FileKeyStore(directory: deep)
        }
    }

    /// A power cut between making the file and renaming it: those keys have signed nothing and are made anew.
    @Test func interruptedCreationStartsAgain() throws {
        defer { remove() }
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        try Data([1, 2, 3]).write(to: URL(filePath: "\(path)/device.key.new"))
        let store = try FileKeyStore(directory: path)
        #expect(store.madeKeys)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["device.key"])
        // Left over beside keys that are in force, it changes nothing.
        try Data([1]).write(to: URL(filePath: "\(path)/device.key.new"))
        #expect(try FileKeyStore(directory: path).publicKeys == store.publicKeys)
    }

    @Test func startsAtOnceAgreeOnOneKey() async throws {
        defer { remove() }
        let path = path
        let keys = try await withThrowingTaskGroup(of: DevicePublicKeys.self) { group in
            for _ in 0..<8 { group.addTask { try FileKeyStore(directory: path).publicKeys } }
            return try await group.reduce(into: Set<DevicePublicKeys>()) { $0.insert($1) }
        }
        #expect(keys.count == 1)
    }

    @Test func ocmfSignatureIsForPayloadsOnly() throws {
        defer { remove() }
        let store = try FileKeyStore(directory: path)
        #expect(try store.signOCMF(payload: Array("{\"FV\":\"1.3\"}".utf8)).count == 64)
        let cross = DevicePublicKeys.crossSigned(ed25519: store.publicKeys.ed25519)
        #expect(throws: KeyStoreError.notOCMF) { try store.signOCMF(payload: cross) }
        #expect(throws: KeyStoreError.notOCMF) { try store.signOCMF(payload: []) }
    }
}
