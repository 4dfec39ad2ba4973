import CPKCS11
import Foundation
import SignedRecords
import Synchronization
import Testing

@testable import DeviceKeys

/// Real PKCS#11 tokens in software (SoftHSM 2) in a folder of their own. The module reads its configuration when it is
/// initialised, so one folder at a time is in use: all tests with it stand in one serialized suite.
final class SoftToken {
    static let module = [
        "/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    ].first { FileManager.default.fileExists(atPath: $0) }
    static let isInstalled = module != nil && ToolRun.path("softhsm2-util") != nil
    static let missing: Comment = "needs the package softhsm2"
    static let label = "charger"
    static let pin = "4711-0815"

    let root: URL
    let modulePath: String

    var pinFile: String { root.appending(path: "pin").path }
    private var configuration: String { root.appending(path: "softhsm2.conf").path }

    init() throws {
        root = FileManager.default.temporaryDirectory.appending(path: "wattseal-token-\(UUID().uuidString)")
        modulePath = try #require(SoftToken.module)
        try FileManager.default.createDirectory(
            at: root.appending(path: "tokens"), withIntermediateDirectories: true)
        try configure()
        try makeToken(SoftToken.label)
        try writePIN(SoftToken.pin + "\n")
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    /// - Parameter without: A mechanism that the token does not offer.
    func configure(without mechanism: String? = nil) throws {
        // Named one by one: this version takes no list of exceptions, whatever its manual says.
        let all = ["CKM_EC_KEY_PAIR_GEN", "CKM_ECDSA", "CKM_EC_EDWARDS_KEY_PAIR_GEN", "CKM_EDDSA"]
        let lines = [
            "directories.tokendir = \(root.appending(path: "tokens").path)", "objectstore.backend = file",
            "log.level = ERROR", "slots.removable = false",
            "slots.mechanisms = \(all.filter { $0 != mechanism }.joined(separator: ","))",
        ]
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: configuration))
        setenv("SOFTHSM2_CONF", configuration, 1)
    }

    func makeToken(_ label: String) throws {
        try util(["--init-token", "--free", "--label", label, "--pin", SoftToken.pin, "--so-pin", "12345678"])
    }

    @discardableResult
    func util(_ arguments: [String]) throws -> String {
        try ToolRun.run("softhsm2-util", arguments, environment: ["SOFTHSM2_CONF": configuration])
    }

    func writePIN(_ text: String, mode: Int = 0o600) throws {
        try Data(text.utf8).write(to: URL(filePath: pinFile))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: pinFile)
    }

    func open() throws -> PKCS11Vault {
        try PKCS11Vault(module: modulePath, tokenLabel: SoftToken.label, pinFile: pinFile)
    }

    /// A vault that stops for good behind its n-th step on the token, as at a power cut.
    func open(steps: StepCount) throws -> PKCS11Vault {
        try PKCS11Vault(module: modulePath, tokenLabel: SoftToken.label, pinFile: pinFile) {
            () throws(KeyStoreError) in
            guard steps.left.subtract(1, ordering: .relaxed).newValue > 0 else { throw StoppingDirectory.stopped }
        }
    }

    /// A session of the test's own.
    func session() throws -> TokenSession {
        try TokenSession(try TokenModule(path: modulePath), label: SoftToken.label, pin: PINFile(path: pinFile))
    }

    final class StepCount: Sendable {
        let left: Atomic<Int>
        init(_ steps: Int) { left = Atomic(steps) }
        var isSpent: Bool { left.load(ordering: .relaxed) <= 0 }
    }
}
