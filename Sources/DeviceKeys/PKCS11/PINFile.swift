import SignedRecords

/// The file that holds a token's PIN: mode 0600, the signer's own, one line.
///
/// It is read for each login and erased behind it. It stays on the disk: a charger starts with nobody beside it, so the PIN
/// keeps out other programs, not a thief of the disk and the token together.
struct PINFile {
    let path: String
    private static let mostBytes = 255

    /// `body` has the PIN without the line's end.
    func withPIN<Answer>(_ body: ([UInt8]) throws(KeyStoreError) -> Answer) throws(KeyStoreError) -> Answer {
        let (folder, name) = KeyDirectory.split(path)
        let directory = try KeyDirectory(folder, .shared)
        guard var bytes = try directory.read(name, maximum: PINFile.mostBytes + 1) else {
            throw .system(call: "open", path: path, errno: 2)
        }
        defer { SecretBytes.erase(&bytes) }
        var pin = bytes
        defer { SecretBytes.erase(&pin) }
        if pin.last == UInt8(ascii: "\n") { pin.removeLast() }
        guard (1...PINFile.mostBytes).contains(pin.count), !pin.contains(UInt8(ascii: "\n")), !pin.contains(0) else {
            throw .token(.invalidPIN(path: path))
        }
        return try body(pin)
    }
}
