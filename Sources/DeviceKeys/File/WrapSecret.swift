import SignedRecords

/// The random 32 bytes that key files are wrapped with, in a file of their own.
struct WrapSecret {
    static let byteCount = 32

    let storage: any KeyStorage
    let name: String

    var path: String { "\(storage.path)/\(name)" }

    /// The secret, or nil where there is none. The caller erases it.
    func read() throws(KeyStoreError) -> [UInt8]? {
        guard let bytes = try storage.read(name, maximum: WrapSecret.byteCount) else { return nil }
        guard bytes.count == WrapSecret.byteCount else {
            throw .damaged(path: path, what: "a wrapping secret has \(WrapSecret.byteCount) bytes")
        }
        return bytes
    }

    /// Makes a secret and reads it back, durable before any key file needs it. The caller erases it.
    func make() throws(KeyStoreError) -> [UInt8]? {
        var bytes = SecretBytes.random(WrapSecret.byteCount)
        defer { SecretBytes.erase(&bytes) }
        try storage.store(name, bytes)
        return try read()
    }

    func destroy() throws(KeyStoreError) {
        try storage.destroy(name)
        if try storage.names().contains("\(name).gone") { try storage.finishDestroying("\(name).gone") }
    }
}
