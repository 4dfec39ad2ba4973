/// Where a reader is.
public enum ReaderAddress: Equatable, Sendable, CustomStringConvertible {
    /// A serial device, 8N1.
    case serial(path: String, baud: Int)
    /// A Unix stream socket on which the reader's own driver listens.
    case socket(path: String)

    /// Bit rates that a serial reader may have.
    public static let bauds: [Int64] = [9_600, 19_200, 38_400, 57_600, 115_200]

    public var description: String {
        switch self {
        case .serial(let path, _), .socket(let path): path
        }
    }
}

/// Why a reader cannot be reached.
public enum ReaderPortError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A system call failed.
    case system(path: String, call: String, errno: Int32)
    /// The device is no terminal.
    case notATerminal(path: String)
    /// The other end was closed, or the device unplugged.
    case closed(path: String)
    /// The path is longer than a socket's may be.
    case pathTooLong(path: String)

    public var description: String {
        switch self {
        case .system(let path, let call, let errno): "\(path): \(call): \(systemWords(errno))"
        case .notATerminal(let path): "\(path): expected a serial device"
        case .closed(let path): "\(path): unplugged"
        case .pathTooLong(let path): "\(path): expected at most 107 bytes"
        }
    }
}
