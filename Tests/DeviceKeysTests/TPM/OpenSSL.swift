import Crypto
import Foundation

/// Signatures checked by openssl, which shares no code with the library that made them or parsed them.
enum OpenSSL {
    static let isInstalled = ToolRun.path("openssl") != nil

    /// Whether an Ed25519 signature holds; the key as 32 bytes.
    static func verifiesEd25519(_ signature: [UInt8], _ message: [UInt8], key: [UInt8], in folder: URL) throws -> Bool {
        let prefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
        let files = try write(["key.der": prefix + key, "message": message, "signature": signature], in: folder)
        return try answers(
            "Signature Verified Successfully",
            [
                "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", files[0], "-rawin", "-in", files[1],
                "-sigfile", files[2],
            ])
    }

    /// Whether a P-256 signature (r and s) with SHA-256 holds; the key as an uncompressed point.
    static func verifiesP256(_ signature: [UInt8], _ message: [UInt8], key: [UInt8], in folder: URL) throws -> Bool {
        let prefix: [UInt8] = [
            0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48,
            0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
        ]
        let der = Array(try P256.Signing.ECDSASignature(rawRepresentation: signature).derRepresentation)
        let files = try write(["key.der": prefix + key, "message": message, "signature": der], in: folder)
        return try answers(
            "Verified OK",
            ["dgst", "-sha256", "-keyform", "DER", "-verify", files[0], "-signature", files[2], files[1]])
    }

    private static func write(_ contents: [String: [UInt8]], in folder: URL) throws -> [String] {
        try contents.sorted { $0.key < $1.key }.map { name, bytes in
            let file = folder.appending(path: "openssl-\(name)")
            try Data(bytes).write(to: file)
            return file.path
        }
    }

    private static func answers(_ words: String, _ arguments: [String]) throws -> Bool {
        guard let said = try? ToolRun.run("openssl", arguments) else { return false }
        return said.contains(words)
    }
}
