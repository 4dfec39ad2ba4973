import Crypto
import Glibc
import SignedRecords

/// The file that holds both private keys, and how it comes into being.
///
/// Layout, 108 bytes: `WSEALKEY`, version 1 (u32, big-endian), epoch (u32), Ed25519 seed (32), P-256 scalar (32),
/// SHA-256 of everything before it, first 28 bytes. One file for both keys, so a power cut leaves both or none; it appears
/// under its name only by rename, after its bytes are on disk. Nothing here is ever printed.
enum KeyFile {
    static let byteCount = 108
    static let name = "device.key"
    static let temporaryName = "device.key.new"
    private static let opening: [UInt8] = Array("WSEALKEY".utf8) + [0, 0, 0, 1]

    /// The keys, or `nil` where the file does not exist.
    static func read(in directory: borrowing KeyDirectory) throws(KeyStoreError) -> DeviceKeyPair? {
        let path = "\(directory.path)/\(name)"
        let descriptor = openat(directory.descriptor, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        if descriptor < 0 {
            switch errno {
            case ENOENT: return nil
            case ELOOP: throw .wrongFileType(path: path, expected: "a regular file, not a symbolic link")
            default: throw .system(call: "open", path: path, errno: errno)
            }
        }
        defer { close(descriptor) }
        try KeyDirectory.check(descriptor, path: path, type: S_IFREG, mode: 0o600)
        var bytes = [UInt8](repeating: 0, count: byteCount + 1)
        defer { erase(&bytes) }
        let count = try readAll(descriptor, path: path, into: &bytes)
        guard count == byteCount else {
            throw .wrongFileLength(path: path, expected: byteCount, found: try fileLength(descriptor, path: path))
        }
        return try decode(bytes, path: path)
    }

    /// Writes new keys durably: temporary file, fsync, rename, fsync of the directory.
    static func write(_ pair: DeviceKeyPair, in directory: borrowing KeyDirectory) throws(KeyStoreError) {
        let path = "\(directory.path)/\(temporaryName)"
        // A temporary file left behind was never in force: its keys have signed nothing.
        if unlinkat(directory.descriptor, temporaryName, 0) != 0, errno != ENOENT {
            throw .system(call: "unlink", path: path, errno: errno)
        }
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let descriptor = openat(directory.descriptor, temporaryName, flags, 0o600)
        guard descriptor >= 0 else {
            throw .system(call: "create", path: path, errno: errno)
        }
        defer { close(descriptor) }
        guard fchmod(descriptor, 0o600) == 0 else { throw .system(call: "fchmod", path: path, errno: errno) }
        var bytes = encode(pair)
        defer { erase(&bytes) }
        let written = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        guard written == bytes.count else {
            throw .system(call: "write", path: path, errno: written < 0 ? errno : ENOSPC)
        }
        guard fsync(descriptor) == 0 else { throw .system(call: "fsync", path: path, errno: errno) }
        guard renameat(directory.descriptor, temporaryName, directory.descriptor, name) == 0 else {
            throw .system(call: "rename", path: path, errno: errno)
        }
        try directory.sync()
    }

    static func encode(_ pair: DeviceKeyPair) -> [UInt8] {
        var bytes = opening
        for place in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: pair.epoch >> UInt32(place))) }
        bytes += Array(pair.ed25519.rawRepresentation)
        bytes += Array(pair.p256.rawRepresentation)
        return bytes + Array(SHA256.hash(data: bytes)).prefix(28)
    }

    private static func decode(_ bytes: [UInt8], path: String) throws(KeyStoreError) -> DeviceKeyPair {
        guard Array(bytes[0..<12]) == opening else {
            throw .damaged(path: path, what: "not a key file of version 1")
        }
        let digest = SHA256.hash(data: bytes[0..<80])
        guard Array(digest).prefix(28).elementsEqual(bytes[80..<108]) else {
            throw .damaged(path: path, what: "the checksum does not match")
        }
        let epoch = bytes[12..<16].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard epoch >= 1 else { throw .damaged(path: path, what: "key epoch 0") }
        do {
            return DeviceKeyPair(
                epoch: epoch,
                ed25519: try Curve25519.Signing.PrivateKey(rawRepresentation: bytes[16..<48]),
                p256: try P256.Signing.PrivateKey(rawRepresentation: bytes[48..<80]))
        } catch {
            throw .damaged(path: path, what: "the content is no pair of keys")
        }
    }

    private static func readAll(_ descriptor: Int32, path: String, into bytes: inout [UInt8]) throws(KeyStoreError)
        -> Int
    {
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system(call: "read", path: path, errno: errno) }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    private static func fileLength(_ descriptor: Int32, path: String) throws(KeyStoreError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(call: "fstat", path: path, errno: errno) }
        return Int(status.st_size)
    }

    private static func erase(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { buffer in
            if let base = buffer.baseAddress { explicit_bzero(base, buffer.count) }
        }
    }
}
