/// Why a line of a script was refused. Each case reads as one line.
public enum ScriptError: Error, Equatable, Sendable, CustomStringConvertible {
    case empty
    case tooLong(bytes: Int, limit: Int)
    case unknown(command: String)
    case missing(command: String, expected: String)
    case wrong(command: String, expected: String, found: String)
    case surplus(command: String, found: String)

    public var description: String {
        switch self {
        case .empty: "an empty line; try help"
        case .tooLong(let bytes, let limit): "a line of \(bytes) bytes, at most \(limit)"
        case .unknown(let command): "unknown command \"\(command)\"; try help"
        case .missing(let command, let expected): "\(command): expected \(expected), found nothing"
        case .wrong(let command, let expected, let found): "\(command): expected \(expected), found \"\(found)\""
        case .surplus(let command, let found): "\(command): nothing may follow, found \"\(found)\""
        }
    }
}
