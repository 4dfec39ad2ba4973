import CPKCS11
import Crypto
import Foundation
import SignedRecords
import Testing

@testable import DeviceKeys

/// Keys in a token, against a real module: made there, used there, never outside.
@Suite(.serialized, .enabled(if: SoftToken.isInstalled, SoftToken.missing))
struct PKCS11VaultTests {
    private let message = Array("a record".utf8)

    @Test func makesKeysOnceAndFindsThemAgain() throws {
        let token = try SoftToken()
        var vault: PKCS11Vault? = try token.open()
        #expect(vault?.madeKeys == true)
        #expect(vault?.protection == .pkcs11)
        #expect(try vault?.epochs() == [1])
        let keys = try #require(try vault?.publicKeys(epoch: 1))
        #expect(keys.ed25519.count == 32)
        #expect(keys.p256.count == 65)
        // The module is finalised with the vault, and starts anew with the next.
        vault = nil
        let again = try token.open()
        #expect(!again.madeKeys)
        #expect(try again.publicKeys(epoch: 1) == keys)
        let cross = DevicePublicKeys.crossSigned(ed25519: keys.ed25519)
        #expect(keys.isValidCrossSignature(try again.signP256(cross, epoch: 1)))
        #expect(throws: KeyStoreError.noSuchEpoch(2)) { try again.signEd25519(message, epoch: 2) }
    }

    @Test(.enabled(if: OpenSSL.isInstalled, "needs openssl")) func opensslAcceptsBothSignatures() throws {
        let token = try SoftToken()
        let vault = try token.open()
        let keys = try vault.publicKeys(epoch: 1)
        for message in [message, [], [UInt8](repeating: 7, count: 100_000)] {
            let one = try vault.signEd25519(message, epoch: 1)
            let other = try vault.signP256(message, epoch: 1)
            let key = try Curve25519.Signing.PublicKey(rawRepresentation: keys.ed25519)
            #expect(key.isValidSignature(one, for: message))
            // openssl pkeyutl reads no empty file.
            if !message.isEmpty {
                #expect(try OpenSSL.verifiesEd25519(one, message, key: keys.ed25519, in: token.root))
            }
            #expect(try OpenSSL.verifiesP256(other, message, key: keys.p256, in: token.root))
            #expect(try !OpenSSL.verifiesP256(other, message + [0], key: keys.p256, in: token.root))
        }
    }

    @Test func noKeyLeavesTheToken() throws {
        let token = try SoftToken()
        let vault = try token.open()
        let session = try token.session()
        for kind in TokenKind.allCases {
            let key = try #require(try session.find(kind, CPKCS11_PRIVATE, epoch: 1).first)
            var value = [UInt8](repeating: 0, count: 256)
            var size = value.count
            let code = cpkcs11_read_attribute(
                session.module.handle, session.session, key, CPKCS11_VALUE, &value, &size)
            // CKR_ATTRIBUTE_SENSITIVE
            #expect(code == 0x11)
            #expect(value.allSatisfy { $0 == 0 })
            // The same call answers what may be known.
            size = value.count
            #expect(
                cpkcs11_read_attribute(
                    session.module.handle, session.session, key, CPKCS11_EXTRACTABLE, &value, &size) == 0)
            #expect(value[..<size] == [0])
        }
        _ = try vault.signEd25519(message, epoch: 1)
    }

    @Test func rotationAndDestruction() throws {
        let token = try SoftToken()
        var vault: PKCS11Vault? = try token.open()
        let first = try #require(try vault?.publicKeys(epoch: 1))
        try vault?.make(epoch: 2)
        let second = try #require(try vault?.publicKeys(epoch: 2))
        #expect(first != second)
        try vault?.make(epoch: 2)
        #expect(try vault?.publicKeys(epoch: 2) == second)
        vault = nil
        vault = try token.open()
        #expect(try vault?.epochs() == [1, 2])
        #expect(try vault?.publicKeys(epoch: 1) == first)
        #expect(try vault?.publicKeys(epoch: 2) == second)
        try vault?.destroy(epoch: 1)
        try vault?.destroy(epoch: 1)
        #expect(throws: KeyStoreError.noSuchEpoch(1)) { try vault?.signEd25519(message, epoch: 1) }
        vault = nil
        vault = try token.open()
        #expect(try vault?.epochs() == [2])
        let session = try token.session()
        for kind in TokenKind.allCases {
            for half in [CPKCS11_PRIVATE, CPKCS11_PUBLIC] { #expect(try session.find(kind, half, epoch: 1).isEmpty) }
        }
        try vault?.destroy(epoch: 2)
        #expect(throws: KeyStoreError.keysDestroyed) { try vault?.make(epoch: 3) }
        #expect(throws: KeyStoreError.keysDestroyed) { try vault?.signP256(message, epoch: 2) }
        // A token whose keys were destroyed is no new one.
        vault = nil
        vault = try token.open()
        #expect(vault?.madeKeys == false)
        #expect(try vault?.epochs() == [])
    }

    @Test func aLostSessionIsOpenedAnew() throws {
        let token = try SoftToken()
        let vault = try token.open()
        let keys = try vault.publicKeys(epoch: 1)
        let key = try Curve25519.Signing.PublicKey(rawRepresentation: keys.ed25519)
        for _ in 0..<3 {
            vault.closeAllSessions()
            #expect(key.isValidSignature(try vault.signEd25519(message, epoch: 1), for: message))
        }
        vault.closeAllSessions()
        try vault.make(epoch: 2)
        vault.closeAllSessions()
        try vault.destroy(epoch: 2)
        #expect(try vault.epochs() == [1])
        // A PIN that was refused is not tried again, though the file is right by now.
        try token.writePIN("4711-0000")
        vault.closeAllSessions()
        let wrong = KeyStoreError.token(.wrongPIN(label: SoftToken.label))
        #expect(throws: wrong) { try vault.signEd25519(message, epoch: 1) }
        try token.writePIN(SoftToken.pin)
        #expect(throws: wrong) { try vault.signEd25519(message, epoch: 1) }
        #expect(!"\(wrong)".contains("4711"))
    }

    @Test func manyThreadsSign() async throws {
        let token = try SoftToken()
        let vault = try token.open()
        let key = try Curve25519.Signing.PublicKey(rawRepresentation: try vault.publicKeys(epoch: 1).ed25519)
        let held = await withTaskGroup(of: Int.self) { group in
            for task in 0..<8 {
                group.addTask {
                    var held = 0
                    for index in 0..<40 {
                        let message = Array("\(task) \(index)".utf8)
                        if task == 0, index.isMultiple(of: 10) { vault.closeAllSessions() }
                        let signature = try? vault.signEd25519(message, epoch: 1)
                        if let signature, key.isValidSignature(signature, for: message) { held += 1 }
                    }
                    return held
                }
            }
            return await group.reduce(0, +)
        }
        #expect(held == 320)
    }

    @Test func whatIsMissingIsNamed() throws {
        let token = try SoftToken()
        func refused(_ fault: TokenFault, label: String = SoftToken.label, module: String? = nil) {
            #expect(throws: KeyStoreError.token(fault)) {
                try PKCS11Vault(
                    module: module ?? token.modulePath, tokenLabel: label, pinFile: token.pinFile)
            }
        }
        refused(.missing(label: "other"), label: "other")
        refused(.missing(label: "charge"), label: "charge")
        let tooLong = String(repeating: "x", count: 33)
        refused(.missing(label: tooLong), label: tooLong)
        try token.writePIN("0000-0000")
        refused(.wrongPIN(label: SoftToken.label))
        for pin in ["", "\n", "12\n34\n", String(repeating: "1", count: 256)] {
            try token.writePIN(pin)
            refused(.invalidPIN(path: token.pinFile))
        }
        try token.writePIN(SoftToken.pin, mode: 0o640)
        #expect(throws: KeyStoreError.wrongMode(path: token.pinFile, expected: 0o600, found: 0o640)) {
            try token.open()
        }
        try FileManager.default.removeItem(atPath: token.pinFile)
        #expect(throws: KeyStoreError.system(call: "open", path: token.pinFile, errno: ENOENT)) { try token.open() }
        try token.writePIN(SoftToken.pin)
        try token.makeToken(SoftToken.label)
        refused(.ambiguous(label: SoftToken.label, count: 2))
    }

    @Test func aModuleThatIsNoneIsNamed() throws {
        let token = try SoftToken()
        let text = token.root.appending(path: "module.so").path
        try Data("no library".utf8).write(to: URL(filePath: text))
        for (path, words) in [("/nowhere/module.so", "No such file"), (text, "file too short"), ("libc.so.6", "C_GetFunctionList")] {
            #expect {
                try PKCS11Vault(module: path, tokenLabel: SoftToken.label, pinFile: token.pinFile)
            } throws: { error in
                guard case .some(.token(.moduleNotLoaded(path, let reason))) = error as? KeyStoreError else {
                    return false
                }
                return reason.contains(words)
            }
        }
    }

    @Test func aTokenWithoutEdDSAIsRefused() throws {
        let token = try SoftToken()
        for (mechanism, kind) in [
            ("CKM_EDDSA", TokenKind.ed25519), ("CKM_EC_EDWARDS_KEY_PAIR_GEN", .ed25519), ("CKM_ECDSA", .p256),
        ] {
            try token.configure(without: mechanism)
            let refused = KeyStoreError.token(.unsupported(label: SoftToken.label, mechanism: kind.mechanism))
            #expect(throws: refused) { try token.open() }
        }
        try token.configure()
        _ = try token.open()
    }

    /// SoftHSM locks no PIN; the codes and flags of tokens that do are read as PKCS#11 says.
    @Test func lockedPINsAreTold() {
        #expect(TokenSession.loginFault(0xA4, label: "t") == .token(.lockedPIN(label: "t")))
        #expect(TokenSession.loginFault(0xA0, label: "t") == .token(.wrongPIN(label: "t")))
        #expect(TokenSession.loginFault(0x30, label: "t") == .token(.call("C_Login", code: 0x30)))
        #expect(TokenModule.pinFault(flags: 1 << 18, label: "t") == .lockedPIN(label: "t"))
        #expect(TokenModule.pinFault(flags: 1 << 17, label: "t") == .finalAttempt(label: "t"))
        #expect(TokenModule.pinFault(flags: 1 << 16 | 1 << 3, label: "t") == nil)
    }

    /// A key that was brought in from outside is known outside.
    @Test(.enabled(if: OpenSSL.isInstalled, "needs openssl")) func importedKeysAreRefused() throws {
        let token = try SoftToken()
        var vault: PKCS11Vault? = try token.open()
        vault = nil
        #expect(vault == nil)
        try withExtendedLifetime(try token.session()) { session in
            for half in [CPKCS11_PRIVATE, CPKCS11_PUBLIC] {
                try session.destroy(try session.find(.p256, half, epoch: 1))
            }
        }
        func unfit(_ what: String) -> KeyStoreError {
            .token(.unfitKey(label: SoftToken.label, epoch: 1, what: what))
        }
        #expect(throws: unfit("0 private and 0 public keys wattseal-p256, expected 1 and 1")) { try token.open() }
        let file = token.root.appending(path: "key").path
        try ToolRun.run("openssl", ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "\(file).ec"])
        try ToolRun.run("openssl", ["pkcs8", "-topk8", "-nocrypt", "-in", "\(file).ec", "-out", file])
        try token.util([
            "--import", file, "--token", SoftToken.label, "--label", "wattseal-p256", "--id", "00000001", "--pin",
            SoftToken.pin, "--force",
        ])
        #expect(throws: unfit("wattseal-p256 can leave the token, or once could")) { try token.open() }
    }

    /// Stopped behind each step, in a process that then ends.
    private func stopEverywhere(_ scenario: (SoftToken.StepCount) throws -> Void) throws -> Int {
        for steps in 1..<20 {
            let count = SoftToken.StepCount(steps)
            try scenario(count)
            if !count.isSpent { return steps - 1 }
        }
        Issue.record("the scenario never ends")
        return 0
    }

    @Test func aStopWhileMakingTheFirst() throws {
        let steps = try stopEverywhere { count in
            let token = try SoftToken()
            _ = try? token.open(steps: count)
            let session: TokenSession? = try token.session()
            let isWhole = try session?.find(.ed25519, CPKCS11_PRIVATE, epoch: 1).count == 1
            let vault = try token.open()
            #expect(vault.madeKeys == !isWhole)
            #expect(try vault.epochs() == [1])
            #expect(try session?.find(.p256, CPKCS11_PRIVATE).count == 1)
            _ = try vault.signP256(message, epoch: 1)
        }
        #expect(steps == 2)
    }

    @Test func aStopWhileMakingTheNext() throws {
        let steps = try stopEverywhere { count in
            let token = try SoftToken()
            let keys = try token.open().publicKeys(epoch: 1)
            try? token.open(steps: count).make(epoch: 2)
            let vault = try token.open()
            #expect(try vault.publicKeys(epoch: 1) == keys)
            #expect(try vault.epochs().first == 1)
            try vault.make(epoch: 2)
            #expect(try vault.epochs() == [1, 2])
            let session = try token.session()
            for kind in TokenKind.allCases { #expect(try session.find(kind, CPKCS11_PRIVATE).count == 2) }
        }
        #expect(steps == 2)
    }

    @Test func aStopWhileDestroying() throws {
        let steps = try stopEverywhere { count in
            let token = try SoftToken()
            let keys = try { () throws -> DevicePublicKeys in
                let vault = try token.open()
                try vault.make(epoch: 2)
                return try vault.publicKeys(epoch: 2)
            }()
            try? token.open(steps: count).destroy(epoch: 1)
            let vault = try token.open()
            #expect(try vault.epochs() == [2])
            #expect(try vault.publicKeys(epoch: 2) == keys)
            let session = try token.session()
            for kind in TokenKind.allCases {
                for half in [CPKCS11_PRIVATE, CPKCS11_PUBLIC] { #expect(try session.find(kind, half).count == 1) }
            }
        }
        #expect(steps == 4)
    }

    @Test func aStopWhileDestroyingTheLast() throws {
        let steps = try stopEverywhere { count in
            let token = try SoftToken()
            _ = try token.open()
            try? token.open(steps: count).destroy(epoch: 1)
            let vault = try token.open()
            #expect(!vault.madeKeys)
            #expect(try vault.epochs().isEmpty)
            let session = try token.session()
            for kind in TokenKind.allCases {
                for half in [CPKCS11_PRIVATE, CPKCS11_PUBLIC] { #expect(try session.find(kind, half).isEmpty) }
            }
        }
        // The mark, the Ed25519 private key (its public one is the mark), both P-256 ones.
        #expect(steps == 4)
    }

    @Test func publicKeysAreReadInEachForm() {
        let raw = [UInt8](repeating: 9, count: 32)
        for point in [raw, [0x04, 32] + raw, [0x03, 33, 0] + raw] {
            #expect(TokenKind.ed25519.publicKey(point: point) == raw)
        }
        for point in [[], Array(raw.dropLast()), [0x04, 31] + raw, [0x05, 32] + raw, [0x03, 33, 1] + raw, [0x04] + raw] {
            #expect(TokenKind.ed25519.publicKey(point: point) == nil)
        }
        let curve = [0x04] + [UInt8](repeating: 9, count: 64)
        #expect(TokenKind.p256.publicKey(point: [0x04, 65] + curve) == curve)
        #expect(TokenKind.p256.publicKey(point: [0x04, 65, 0x02] + curve.dropFirst()) == nil)
    }
}
