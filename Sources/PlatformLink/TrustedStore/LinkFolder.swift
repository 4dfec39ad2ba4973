import Glibc
public import SignedRecords

/// Where the link keeps what it trusts and what it has proved: a folder for each ledger, so that a device that moves keeps the
/// proofs of the ledger that it left.
public enum LinkFolder {
    /// The folder for a ledger: the root for the ledger that genesis names, below it the hexadecimal of the id for others.
    public static func path(of ledger: LedgerChainID, first: LedgerChainID, under root: String) -> String {
        ledger == first ? root : "\(root)/\(Hexadecimal.encode(Array(ledger.text.utf8)))"
    }

    /// The folders of all ledgers that this device has belonged to, the root first.
    ///
    /// - Throws: `storeFailed`.
    public static func all(under root: String) throws(PlatformLinkError) -> [String] {
        guard let listing = opendir(root) else {
            if errno == ENOENT { return [] }
            throw .storeFailed(path: root, reason: "opendir: \(String(cString: strerror(errno)))")
        }
        defer { closedir(listing) }
        var found: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let bytes = Hexadecimal.decode(name), (1...50).contains(bytes.count) else { continue }
            found.append("\(root)/\(name)")
        }
        return [root] + found.sorted()
    }

    /// The proofs that hold a session's bundle; nil where no ledger's do.
    ///
    /// - Throws: `storeFailed`, `storeMalformed`.
    public static func proofs(of session: SessionID, under root: String) throws(PlatformLinkError) -> ProofStore? {
        for folder in try all(under: root) {
            let store = ProofStore(directory: folder)
            if try store.bundle(of: session) != nil { return store }
        }
        return nil
    }
}
