/// What the technician's tool refuses, each in one line.
enum StationError: Error, Equatable, CustomStringConvertible {
    case file(path: String, call: String, errno: Int32)
    case notATerminal(path: String)
    case unsupportedSpeed(Int)
    case keyFile(path: String, expected: String)
    case option(name: String, expected: String, found: String)
    case nothingToRelease(folder: String)
    case strangeFile(path: String)
    /// The charger did not answer, or not in the shape that its shell has.
    case noAnswer(device: String, expected: String)
    /// The charger refused, in its own words.
    case refused(String)
    case content(path: String, reason: String)

    var description: String {
        switch self {
        case .file(let path, let call, let code): "\(path): \(call) failed with errno \(code)"
        case .notATerminal(let path): "\(path): is no terminal device"
        case .unsupportedSpeed(let speed): "no baud rate \(speed)"
        case .keyFile(let path, let expected): "\(path): expected \(expected)"
        case .option(let name, let expected, let found): "--\(name): expected \(expected), found \"\(found)\""
        case .nothingToRelease(let folder): "\(folder): holds no file"
        case .noAnswer(let device, let expected): "\(device): expected \(expected); none came"
        case .refused(let words): "the charger refuses: \(words)"
        case .content(let path, let reason): "\(path): \(reason)"
        case .strangeFile(let path): "\(path): is neither a file nor a folder; a release holds nothing else"
        }
    }
}
