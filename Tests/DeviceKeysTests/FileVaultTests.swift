import Foundation
import SignedRecords
import Testing

@testable import DeviceKeys

/// The key files: made once, kept, refused where anything about them is wrong, and never replaced.
struct FileVaultTests {
    let root: URL
    let path: String

    init() throws {
        root = FileManager.default.temporaryDirectory.appending(path: "wattseal-keys-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        path = root.appending(path: "keys").path
    }

    private func remove() { try? FileManager.default.removeItem(at: root) }
    private var file: String { "\(path)/epoch-1.key" }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.posixPermissions] as? Int)
    }

    private func setMode(_ mode: Int, _ path: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    @Test func firstStartMakesKeysAndLaterOnesKeepThem() throws {
        defer { remove() }
        let first = try FileVault(directory: path + "/")
        #expect(first.madeKeys)
        #expect(try first.epochs() == [1])
        #expect(first.protection == .software)
        let keys = try first.publicKeys(epoch: 1)
        #expect(keys.ed25519.count == 32)
        #expect(keys.p256.count == 65)
        let second = try FileVault(directory: path)
        #expect(!second.madeKeys)
        #expect(try second.publicKeys(epoch: 1) == keys)
        let cross = DevicePublicKeys.crossSigned(ed25519: keys.ed25519)
        #expect(keys.isValidCrossSignature(try second.signP256(cross, epoch: 1)))
        #expect(try mode(path) == 0o700)
        #expect(try mode(file) == 0o600)
        #expect(try mode("\(path)/wrap.secret") == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path).sorted() == ["epoch-1.key", "wrap.secret"])
        let other = try FileVault(directory: root.appending(path: "other").path)
        #expect(try other.publicKeys(epoch: 1) != keys)
    }

    @Test func wrongModesAreRefused() throws {
        defer { remove() }
        _ = try FileVault(directory: path)
        for wrong in [0o640, 0o604, 0o666, 0o400, 0o700] {
            try setMode(wrong, file)
            #expect(throws: KeyStoreError.wrongMode(path: file, expected: 0o600, found: UInt32(wrong))) {
                try FileVault(directory: path)
            }
        }
        try setMode(0o600, file)
        try setMode(0o750, path)
        #expect(throws: KeyStoreError.wrongMode(path: path, expected: 0o700, found: 0o750)) {
            try FileVault(directory: path)
        }
        try setMode(0o700, path)
        #expect(throws: Never.self) { try FileVault(directory: path) }
    }

    @Test(.enabled(if: getuid() == 0, "needs root to give a file away")) func wrongOwnersAreRefused() throws {
        defer { remove() }
        _ = try FileVault(directory: path)
        try FileManager.default.setAttributes([.ownerAccountID: 65_534], ofItemAtPath: file)
        #expect(throws: KeyStoreError.wrongOwner(path: file, expected: 0, found: 65_534)) {
            try FileVault(directory: path)
        }
    }

    @Test func everyTruncationAndFlippedBitIsRefused() throws {
        defer { remove() }
        let keys = try FileVault(directory: path).publicKeys(epoch: 1)
        let good = try Data(contentsOf: URL(filePath: file))
        func refuse(_ data: Data) throws {
            try data.write(to: URL(filePath: file))
            try setMode(0o600, file)
            #expect(throws: KeyStoreError.self) { try FileVault(directory: path) }
            // It is never replaced by new keys.
            #expect(try Data(contentsOf: URL(filePath: file)) == data)
        }
        for count in 0..<good.count { try refuse(good.prefix(count)) }
        try refuse(good + [0])
        try refuse(good + Data(repeating: 0, count: 2_000))
        for index in good.indices {
            for bit in [0x01, 0x04, 0x80] as [UInt8] {
                var flipped = good
                flipped[index] ^= bit
                try refuse(flipped)
            }
        }
        // Under another epoch's name it is no key.
        try good.write(to: URL(filePath: "\(path)/epoch-2.key"))
        try good.write(to: URL(filePath: file))
        try setMode(0o600, "\(path)/epoch-2.key")
        #expect(throws: KeyStoreError.damaged(path: "\(path)/epoch-2.key", what: "it says key epoch 1")) {
            try FileVault(directory: path)
        }
        try FileManager.default.removeItem(atPath: "\(path)/epoch-2.key")
        #expect(try FileVault(directory: path).publicKeys(epoch: 1) == keys)
    }

    @Test func linksAndOtherTypesAreRefused() throws {
        defer { remove() }
        _ = try FileVault(directory: path)
        let elsewhere = root.appending(path: "elsewhere").path
        try FileManager.default.moveItem(atPath: file, toPath: elsewhere)
        try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: elsewhere)
        let link = KeyStoreError.wrongFileType(path: file, expected: "a regular file, not a symbolic link")
        #expect(throws: link) { try FileVault(directory: path) }
        try FileManager.default.removeItem(atPath: file)
        try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: false)
        #expect(throws: KeyStoreError.wrongFileType(path: file, expected: "a regular file")) {
            try FileVault(directory: path)
        }
        let linked = root.appending(path: "linked").path
        try FileManager.default.createSymbolicLink(atPath: linked, withDestinationPath: path)
        #expect(throws: KeyStoreError.self) { try FileVault(directory: linked) }
        let plain = root.appending(path: "plain").path
        try Data().write(to: URL(filePath: plain))
        #expect(throws: KeyStoreError.self) { try FileVault(directory: plain) }
    }

    @Test func missingParentIsAnError() throws {
        defer { remove() }
        let deep = root.appending(path: "a/b").path
        #expect(throws: KeyStoreError.system(call: "mkdir", path: deep, errno: ENOENT)) {
            try FileVault(directory: deep)
        }
    }

    @Test func startsAtOnceAgreeOnOneKey() async throws {
        defer { remove() }
        let path = path
        let keys = try await withThrowingTaskGroup(of: DevicePublicKeys.self) { group in
            for _ in 0..<8 { group.addTask { try FileVault(directory: path).publicKeys(epoch: 1) } }
            return try await group.reduce(into: Set<DevicePublicKeys>()) { $0.insert($1) }
        }
        #expect(keys.count == 1)
    }
}
