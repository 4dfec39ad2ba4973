public import Crypto
internal import LightClient

// This file owns the format of key files: 64 hexadecimal digits of an Ed25519 private key and a line feed, mode 0600.

/// An Ed25519 key in a file of its own: an account's, or a validator's.
public enum KeyFile {
    /// Makes a key with the system's random numbers and writes it to a new file.
    public static func create(_ path: String) throws(LedgerNodeError) -> Curve25519.Signing.PrivateKey {
        let key = Curve25519.Signing.PrivateKey()
        try SecretFile.create(path, Array((Hex.encode(Array(key.rawRepresentation)) + "\n").utf8))
        return key
    }

    /// Reads a key; refuses a file that others can read, and anything but the format.
    public static func load(_ path: String) throws(LedgerNodeError) -> Curve25519.Signing.PrivateKey {
        var bytes = try SecretFile.read(path)
        if bytes.last == 0x0A { bytes.removeLast() }
        guard bytes.count == 64, let seed = try? Hex.decode(String(decoding: bytes, as: UTF8.self)) else {
            throw .corruptHome(path: path, reason: "expected 64 hexadecimal digits and a line feed")
        }
        do { return try Curve25519.Signing.PrivateKey(rawRepresentation: seed) } catch {
            throw .corruptHome(path: path, reason: "not an Ed25519 private key")
        }
    }
}
