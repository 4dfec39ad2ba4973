/// Why bytes are no diagnostics archive, or not what the device signed.
public enum ArchiveError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The tar is broken at this byte.
    case malformed(offset: Int, expected: String)
    /// A name that would leave the folder, or is there twice.
    case name(String)
    case missing(String)
    /// A file that the manifest does not list.
    case unlisted(String)
    /// A file's bytes are not those that the manifest lists.
    case changed(String)
    case manifest(line: Int)
    case statement(String)
    /// The statement is about another manifest.
    case otherManifest
    case unsigned
    case signature
    /// Another key signed than was asked for.
    case otherKey(expected: String, found: String)

    public var description: String {
        switch self {
        case .malformed(let offset, let expected): "byte \(offset): expected \(expected)"
        case .name(let name): "\"\(name)\": expected a name of its own that stays in the archive"
        case .missing(let name): "expected \(name), found none"
        case .unlisted(let name): "\(name) is not in the manifest"
        case .changed(let name): "\(name) is not the file that the manifest lists"
        case .manifest(let line): "MANIFEST:\(line): expected a SHA-256, two blanks and a name, by rising name"
        case .statement(let reason): "statement.cbor: \(reason)"
        case .otherManifest: "statement.cbor: it is about another manifest"
        case .unsigned: "the archive is not signed"
        case .signature: "statement.sig: the signature does not hold"
        case .otherKey(let expected, let found): "expected the key \(expected), found \(found)"
        }
    }
}
