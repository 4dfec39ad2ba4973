import FirmwareUpdate
import SignedRecords

/// A public key on the command line: 64 hex digits, or the private key's file or token, of which only the public half is taken.
enum PublicKeyName {
    static func bytes(_ name: String) throws -> [UInt8] {
        if name.utf8.count == 64, let bytes = Hexadecimal.decode(name) { return bytes }
        return try SigningKey.open(name).publicKeyBytes
    }
}
