import BoardIO
import Glibc

/// Why the bridge ends. Each case reads as one line.
enum BridgeError: Error, Equatable, CustomStringConvertible {
    /// The board's pins are gone: the emulated board has ended.
    case boardEnded
    /// The plant has closed its socket, or sent what is no frame.
    case plantEnded(BoardError?)
    /// A system call failed.
    case system(call: String, path: String, errno: Int32)
    /// A board profile that the bridge cannot serve.
    case profile(path: String, expected: String, found: String)
    /// A table of lines that does not fit the profile.
    case lines(path: String, expected: String, found: String)
    /// The agent told of an output line that is none of the profile's.
    case unknownOutput(offset: Int)
    /// The plant does not know what a line with two levels has to show.
    case unknownInput(line: String)

    var description: String {
        switch self {
        case .boardEnded: "the board's pins ended"
        case .plantEnded(nil): "the plant ended"
        case .plantEnded(let error?): "the plant: \(error)"
        case .system(let call, let path, let code): "\(path): \(call): \(String(cString: strerror(code))) (\(code))"
        case .profile(let path, let expected, let found), .lines(let path, let expected, let found):
            "\(path): expected \(expected), found \(found)"
        case .unknownOutput(let offset): "pins: expected one of the profile's outputs, found line \(offset)"
        case .unknownInput(let line): "plant: expected \(line) to be known, since a line has two levels"
        }
    }
}
