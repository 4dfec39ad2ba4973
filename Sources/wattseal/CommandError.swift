import Glibc

/// A mistake in what a command was given.
enum CommandError: Error, CustomStringConvertible {
    case file(path: String, errno: Int32)
    case tooLarge(path: String, limit: Int)
    case argument(name: String, expected: String, found: String)
    case refused(String)

    var description: String {
        switch self {
        case .file(let path, let code): "\(path): \(String(cString: strerror(code)))"
        case .tooLarge(let path, let limit): "\(path): expected at most \(limit) bytes"
        case .argument(let name, let expected, let found): "\(name): expected \(expected), got '\(found)'"
        case .refused(let reason): reason
        }
    }
}
