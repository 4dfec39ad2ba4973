import Glibc

/// Why the plant cannot run. Each case reads as one line.
enum ProcessError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A system call on a socket, a pseudo-terminal or a link.
    case system(call: String, path: String, errno: Int32)
    /// A socket path that does not fit a Unix socket address.
    case pathTooLong(path: String, limit: Int)
    /// Another plant listens there.
    case inUse(path: String)
    /// Something else than a link or a socket stands where one is to be made.
    case notReplaceable(path: String)

    var description: String {
        switch self {
        case .system(let call, let path, let code):
            "\(path): \(call): \(String(cString: strerror(code))) (\(code))"
        case .pathTooLong(let path, let limit): "\(path): a socket path has at most \(limit) bytes"
        case .inUse(let path): "\(path): another process listens there"
        case .notReplaceable(let path): "\(path): exists and is not what the plant would make there"
        }
    }
}
