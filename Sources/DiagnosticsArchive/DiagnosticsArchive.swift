internal import Crypto
public import SignedRecords

// Invariants: each file stands in the manifest with its SHA-256, the manifest's own in the statement, and the statement under
// the device's signature; nothing else is in an archive.

/// A diagnostics archive: files, a manifest that `sha256sum -c` reads, and the device's signature (docs/diagnostics.md).
public struct DiagnosticsArchive: Equatable, Sendable {
    static let manifestName = "MANIFEST"
    static let statementName = "statement.cbor"
    static let signatureName = "statement.sig"

    /// By rising name.
    public let files: [ArchiveFile]
    /// The manifest's text.
    public let manifest: [UInt8]

    /// Lists files.
    ///
    /// - Throws: `ArchiveError.name` where a name is there twice, is the archive's own, or leaves its folder.
    public init(_ files: [ArchiveFile]) throws(ArchiveError) {
        let ordered = files.sorted { Array($0.name.utf8).lexicographicallyPrecedes(Array($1.name.utf8)) }
        var seen: Set<String> = [Self.manifestName, Self.statementName, Self.signatureName]
        for file in ordered where !ArchiveFile.isSafe(file.name) || !seen.insert(file.name).inserted {
            throw .name(file.name)
        }
        self.files = ordered
        manifest = Array(ordered.map { "\(ContentHash(hashing: $0.bytes).hex)  \($0.name)\n" }.joined().utf8)
    }

    /// What the device has to sign.
    public var manifestHash: ContentHash { ContentHash(hashing: manifest) }

    /// The archive's bytes; without a statement it is not signed.
    public func encode(statement: DiagnosticsStatement?, signature: [UInt8]) -> [UInt8] {
        var all = [ArchiveFile(name: Self.manifestName, bytes: manifest)]
        if let statement {
            all.append(ArchiveFile(name: Self.statementName, bytes: statement.signedBytes))
            all.append(ArchiveFile(name: Self.signatureName, bytes: signature))
        }
        return Tar.write(all + files)
    }

    /// Takes an archive apart and checks all of it.
    ///
    /// - Parameter publicKey: The Ed25519 key that must have signed, 32 bytes; nil for whichever the statement names.
    /// - Returns: the files, and who signed them.
    public static func verify(
        _ bytes: [UInt8], publicKey: [UInt8]? = nil
    ) throws(ArchiveError) -> (archive: DiagnosticsArchive, statement: DiagnosticsStatement) {
        let found = try Tar.read(bytes)
        func file(_ name: String) throws(ArchiveError) -> [UInt8] {
            guard let file = found.first(where: { $0.name == name }) else { throw .missing(name) }
            return file.bytes
        }
        let manifest = try file(manifestName)
        let own = [manifestName, statementName, signatureName]
        let archive = try DiagnosticsArchive(found.filter { !own.contains($0.name) })
        try compare(archive, with: manifest)
        guard found.contains(where: { $0.name == statementName }) else { throw .unsigned }
        let statement: DiagnosticsStatement
        do { statement = try DiagnosticsStatement(decoding: try file(statementName)) } catch let error as ArchiveError {
            throw error
        } catch {
            throw .statement("\(error)")
        }
        guard statement.manifest == archive.manifestHash else { throw .otherManifest }
        if let publicKey, publicKey != statement.publicKey {
            throw .otherKey(
                expected: Hexadecimal.encode(publicKey), found: Hexadecimal.encode(statement.publicKey))
        }
        let signature = try file(signatureName)
        let key: Curve25519.Signing.PublicKey
        do { key = try COSESign1.publicKey(statement.publicKey) } catch { throw .statement("\(error)") }
        guard signature.count == 64, key.isValidSignature(signature, for: statement.signedBytes) else {
            throw .signature
        }
        return (archive, statement)
    }

    /// Says what differs between the files that are there and those that are listed.
    private static func compare(_ archive: DiagnosticsArchive, with manifest: [UInt8]) throws(ArchiveError) {
        guard archive.manifest != manifest else { return }
        var listed: [String: String] = [:]
        let lines = String(decoding: manifest, as: UTF8.self).split(separator: "\n")
        for (index, line) in lines.enumerated() {
            let (hash, rest) = (line.prefix(64), line.dropFirst(64))
            guard hash.utf8.count == 64, rest.hasPrefix("  "), ArchiveFile.isSafe(String(rest.dropFirst(2))) else {
                throw .manifest(line: index + 1)
            }
            listed[String(rest.dropFirst(2))] = String(hash)
        }
        for file in archive.files {
            guard let hash = listed.removeValue(forKey: file.name) else { throw .unlisted(file.name) }
            guard hash == ContentHash(hashing: file.bytes).hex else { throw .changed(file.name) }
        }
        if let name = listed.keys.min() { throw .missing(name) }
        // The same list, written otherwise.
        throw .manifest(line: 1)
    }
}
