import Glibc
public import Receipts
public import SignedRecords

/// The proofs that receipts are made of, beside the journal: one bundle a session, one file a tariff.
///
/// Files: `proofs/<session hex>.cbor` (docs/receipt.md, "Proof bundle"), `proofs/tariff-<hash hex>.cbor` (the published
/// bytes). Each is written whole; a reader beside a running daemon sees a file or none.
public struct ProofStore: Sendable {
    private let folder: String
    private static let sizeLimit = 4 << 20

    /// The proofs in the platform link's store folder.
    public init(directory: String) {
        folder = "\(directory)/proofs"
    }

    /// Makes the folder when it is missing.
    func prepare() throws(PlatformLinkError) {
        try DurableFile.makeFolder(folder)
    }

    /// The bundle of a session; nil when there is none yet.
    public func bundle(of session: SessionID) throws(PlatformLinkError) -> ProofBundle? {
        let path = path(of: session)
        guard let bytes = try DurableFile.read(path, limit: Self.sizeLimit) else { return nil }
        do throws(ReceiptError) {
            return try ProofBundle(decoding: bytes)
        } catch {
            throw .storeMalformed(path: path, reason: "\(error)")
        }
    }

    /// The published bytes of a tariff; nil when they were never proved here.
    public func tariff(_ tariff: TariffHash) throws(PlatformLinkError) -> [UInt8]? {
        let path = path(of: tariff)
        guard let bytes = try DurableFile.read(path, limit: Self.sizeLimit) else { return nil }
        guard TariffHash(hashing: bytes) == tariff else {
            throw .storeMalformed(path: path, reason: "the bytes have another hash")
        }
        return bytes
    }

    /// The sessions with a bundle, in the order of their ids.
    public func sessions() throws(PlatformLinkError) -> [SessionID] {
        guard let listing = opendir(folder) else {
            if errno == ENOENT { return [] }
            throw .storeFailed(path: folder, reason: "opendir: \(String(cString: strerror(errno)))")
        }
        defer { closedir(listing) }
        var found: [SessionID] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasSuffix(".cbor"), let session = try? SessionID(hex: String(name.dropLast(5))) else { continue }
            found.append(session)
        }
        return found.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    }

    /// Stores a session's bundle; durable when this returns.
    func save(_ bundle: ProofBundle, of session: SessionID) throws(PlatformLinkError) {
        try DurableFile.write(bundle.encode(), to: path(of: session))
    }

    /// Stores a tariff's bytes; durable when this returns.
    func save(tariff bytes: [UInt8], as tariff: TariffHash) throws(PlatformLinkError) {
        try DurableFile.write(bytes, to: path(of: tariff))
    }

    private func path(of session: SessionID) -> String { "\(folder)/\(session.hex).cbor" }
    private func path(of tariff: TariffHash) -> String { "\(folder)/tariff-\(tariff.hex).cbor" }
}
