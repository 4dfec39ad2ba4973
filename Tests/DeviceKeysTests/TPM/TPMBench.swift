import Crypto
import Foundation
import SignedRecords

@testable import DeviceKeys

/// A device with a TPM: a folder of its own, swtpm, and what the tests do to both.
final class TPMBench {
    let root: URL
    let tpm: SoftwareTPM

    init(banks: String? = nil) throws {
        root = FileManager.default.temporaryDirectory.appending(path: "wattseal-tpm-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        tpm = try SoftwareTPM(in: root, banks: banks)
    }

    deinit {
        tpm.stop()
        try? FileManager.default.removeItem(at: root)
    }

    var keys: String { root.appending(path: "keys").path }
    func file(_ epoch: Int) -> String { "\(keys)/epoch-\(epoch).tpm" }
    var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: keys).sorted()) ?? [] }

    func open(_ options: SealOptions = SealOptions()) throws -> TPMVault {
        try TPMVault(directory: keys, tcti: tpm.tcti, options: options)
    }

    func open(changes: Int) throws -> (vault: Result<TPMVault, any Error>, storage: StoppingDirectory) {
        let storage = try StoppingDirectory(keys, changes: changes)
        let tcti = tpm.tcti
        return (Result { try TPMVault(storage, tcti: tcti, options: SealOptions()) }, storage)
    }

    func read(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

    func write(_ bytes: [UInt8], to path: String) throws {
        try Data(bytes).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }

    /// Whoever releases firmware, with a key of openssl's making.
    func makeAuthority(_ name: String = "release") throws -> String {
        let path = root.appending(path: name).path
        try ToolRun.run(
            "openssl", ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "\(path).private.pem"])
        try ToolRun.run("openssl", ["ec", "-in", "\(path).private.pem", "-pubout", "-out", "\(path).pem"])
        return "\(path).pem"
    }

    /// Approves the present values of some PCRs, as docs/keys-tpm-pkcs11.md says: tpm2-tools form the digest, openssl signs.
    func approve(_ pcrs: String, authority: String = "release", as name: String) throws {
        let path = root.appending(path: authority).path
        let session = root.appending(path: "session").path
        let digest = root.appending(path: "digest").path
        try tpm.tool("tpm2_startauthsession", ["-S", session])
        try tpm.tool("tpm2_policypcr", ["-S", session, "-l", "sha256:\(pcrs)", "-L", digest])
        try tpm.tool("tpm2_flushcontext", [session])
        try ToolRun.run(
            "openssl", ["dgst", "-sha256", "-sign", "\(path).private.pem", "-out", "\(digest).signature", digest])
        let folder = "\(keys)/approvals"
        try FileManager.default.createDirectory(
            atPath: keys, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let text = "pcrs \(pcrs)\nsignature \(Hexadecimal.encode(try read("\(digest).signature")))\n"
        try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name).approval"))
    }
}
