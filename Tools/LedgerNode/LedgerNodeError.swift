/// Everything that can go wrong in the node, apart from what it answers to a caller over RPC.
public enum LedgerNodeError: Error, Equatable, Sendable {
    /// SQLite refused: what was being done, its result code and its text.
    case database(doing: String, code: Int32, message: String)
    /// A setting that was made does not stand when read back.
    case databaseSetting(name: String, expected: String, found: String)
    /// What stands in the node's home is not what the node wrote there.
    case corruptHome(path: String, reason: String)
    /// The home belongs to another chain, or was made with other settings.
    case homeMismatch(what: String, expected: String, found: String)
    /// A system call failed.
    case system(call: String, path: String, reason: String)
    /// Another process uses this home.
    case homeInUse(path: String)
    /// A file with a secret can be read by others.
    case unsafeMode(path: String, mode: UInt32)
    /// A configuration that makes no chain.
    case configuration(field: String, reason: String)
    /// The application refused a block that this node made itself.
    case application(reason: String)
}

extension LedgerNodeError: CustomStringConvertible {
    /// One line.
    public var description: String {
        switch self {
        case .database(let doing, let code, let message): "database: \(doing): \(message) (SQLite code \(code))"
        case .databaseSetting(let name, let expected, let found):
            "database: \(name) reads back as \(found), expected \(expected)"
        case .corruptHome(let path, let reason): "\(path): \(reason)"
        case .homeMismatch(let what, let expected, let found):
            "this home has another \(what): expected \(expected), found \(found)"
        case .system(let call, let path, let reason): "\(path): \(call): \(reason)"
        case .homeInUse(let path): "\(path): another node uses this home"
        case .unsafeMode(let path, let mode):
            "\(path): has mode 0\(String(mode, radix: 8)), expected 0600: a secret must not be readable by others"
        case .configuration(let field, let reason): "configuration: \(field): \(reason)"
        case .application(let reason): "application: \(reason)"
        }
    }
}
