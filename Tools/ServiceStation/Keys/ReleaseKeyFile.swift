import Crypto
import FoundationEssentials
import Glibc

/// A release key in a file as `openssl genpkey -algorithm ed25519` writes it: PKCS#8 in PEM (RFC 8410 section 7).
enum ReleaseKeyFile {
    /// The DER before the 32 bytes of an Ed25519 private key without attributes.
    private static let prefix: [UInt8] = [
        0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]

    /// Reads the key. A file that others may read is refused: it is no secret any more.
    static func read(path: String) throws -> Curve25519.Signing.PrivateKey {
        var status = stat()
        guard stat(path, &status) == 0 else { throw StationError.file(path: path, call: "stat", errno: errno) }
        guard status.st_mode & 0o077 == 0 else {
            throw StationError.keyFile(path: path, expected: "a file that only its owner may read (chmod 600)")
        }
        return try parse(Array(try Data(contentsOf: URL(filePath: path))), path: path)
    }

    static func parse(_ pem: [UInt8], path: String) throws -> Curve25519.Signing.PrivateKey {
        let refusal = StationError.keyFile(
            path: path, expected: "an Ed25519 private key in PEM, as openssl genpkey -algorithm ed25519 writes it")
        let lines = String(decoding: pem, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard lines.first == "-----BEGIN PRIVATE KEY-----", lines.last == "-----END PRIVATE KEY-----",
            let der = Data(base64Encoded: lines.dropFirst().dropLast().joined()), der.count == prefix.count + 32,
            der.starts(with: prefix)
        else { throw refusal }
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: der.suffix(32)) else { throw refusal }
        return key
    }
}
