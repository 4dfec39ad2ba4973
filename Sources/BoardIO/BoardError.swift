public import ConfigurationText

/// Why a board cannot be used. Each case reads as one line that says what was wrong and where.
public enum BoardError: Error, Equatable, Sendable {
    /// A board profile that says something wrong; every mistake with its line and column.
    case profile(ConfigurationError)
    /// A profile for another driver.
    case wrongKind(expected: BoardKind, found: BoardKind)
    /// A correct profile that this driver cannot serve.
    case notDrivable(profile: String, reason: String)
    /// A GPIO chip that cannot be opened.
    case chip(path: String, errno: Int32)
    /// A line name that the chip does not have.
    case lineMissing(name: String, chip: String)
    /// A line that could not be requested; EBUSY: another program holds it.
    case lineRequest(name: String, chip: String, errno: Int32)
    /// More lines than a driver holds.
    case tooManyLines(limit: Int)
    /// A system call on a device file.
    case device(call: String, path: String, errno: Int32)
    /// A device file that held something else than a decimal number.
    case notANumber(path: String, text: String)
    /// A value outside the range that the hardware can have.
    case outOfRange(what: String, found: Int64, low: Int64, high: Int64)
    /// A socket path that does not fit a Unix socket address.
    case socketPathTooLong(path: String, bytes: Int, limit: Int)
    /// The plant cannot be reached.
    case plantUnreachable(path: String, call: String, errno: Int32)
    /// The plant took the connection and closed it: another program drives this board.
    case plantRefused(path: String)
    /// The plant took the connection and sent no sample.
    case plantSilent(path: String, milliseconds: Int)
    /// A frame on the plant's socket that is not one; the byte at which it went wrong.
    case frame(offset: Int, expected: String, found: String)
    /// `start` was called twice.
    case alreadyStarted
    /// The driver's thread could not be made.
    case thread(errno: Int32)
}

extension BoardError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .profile(let error):
            return error.description
        case .wrongKind(let expected, let found):
            return "the board profile is of kind \"\(found.rawValue)\", the driver needs \"\(expected.rawValue)\""
        case .notDrivable(let profile, let reason):
            return "board profile \"\(profile)\": \(reason)"
        case .chip(let path, let code):
            return "GPIO chip \(path): cannot be opened: \(systemErrorText(code))"
        case .lineMissing(let name, let chip):
            return "GPIO chip \(chip): has no line named \"\(name)\""
        case .lineRequest(let name, let chip, let code):
            return "GPIO chip \(chip): line \"\(name)\" cannot be requested: \(systemErrorText(code))"
        case .tooManyLines(let limit):
            return "the board profile names more than \(limit) GPIO lines"
        case .device(let call, let path, let code):
            return "\(path): \(call): \(systemErrorText(code))"
        case .notANumber(let path, let text):
            return "\(path): expected a decimal number, found \"\(text)\""
        case .outOfRange(let what, let found, let low, let high):
            return "\(what): \(found) is outside \(low) to \(high)"
        default:
            return linkDescription
        }
    }

    private var linkDescription: String {
        switch self {
        case .socketPathTooLong(let path, let bytes, let limit):
            return "plant socket \(path): the path has \(bytes) bytes, at most \(limit) fit"
        case .plantUnreachable(let path, let call, let code):
            return "plant socket \(path): \(call): \(systemErrorText(code))"
        case .plantRefused(let path):
            return "plant socket \(path): the plant closed the connection; does another program drive this board?"
        case .plantSilent(let path, let milliseconds):
            return "plant socket \(path): no sample within \(milliseconds) ms"
        case .frame(let offset, let expected, let found):
            return "plant frame, byte \(offset): expected \(expected), found \(found)"
        case .alreadyStarted:
            return "the board was already started"
        case .thread(let code):
            return "the board's thread cannot be made: \(systemErrorText(code))"
        default:
            return "board error"
        }
    }
}
