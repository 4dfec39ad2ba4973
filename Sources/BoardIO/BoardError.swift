public import ConfigurationText

/// Why a board cannot be used. Each case reads as one line that says what was wrong and where.
public enum BoardError: Error, Equatable, Sendable {
    /// A board profile that says something wrong; every mistake with its line and column.
    case profile(ConfigurationError)
    /// A profile for another driver.
    case wrongKind(expected: BoardKind, found: BoardKind)
    /// A GPIO chip that cannot be opened.
    case chip(path: String, errno: Int32)
    /// A real chip under a profile that says `emulated = true`; where its device lies.
    case notEmulated(chip: String, device: String)
    /// A line name that the chip does not have.
    case lineMissing(name: String, chip: String)
    /// A line that could not be requested; EBUSY: another program holds it.
    case lineRequest(name: String, chip: String, errno: Int32)
    /// A line that a profile names without its chip, and that several chips have.
    case lineAmbiguous(name: String, chips: [String])
    /// A line that resets a peak-hold circuit and could not be written.
    case resetUnwritable(role: String, errno: Int32)
    /// A device that no kernel device's name fits, or several; the names that are there.
    case deviceNotFound(kind: String, name: String, found: Int, names: [String])
    /// More lines than a driver holds.
    case tooManyLines(limit: Int)
    /// A system call on a device file.
    case device(call: String, path: String, errno: Int32)
    /// A device file that held something else than a decimal number.
    case notANumber(path: String, text: String)
    /// A value outside the range that the hardware can have.
    case outOfRange(what: String, found: Int64, low: Int64, high: Int64)
    /// A scan element of a converter whose format the driver does not read.
    case scanFormat(path: String, found: String)
    /// A triggered converter that sent no whole scan in time.
    case noScan(path: String, milliseconds: Int)
    /// A triggered converter that sent part of a scan.
    case shortScan(path: String, bytes: Int, expected: Int)
    /// Window comparators that contradict each other: six bits from the lowest edge, then the negative half wave.
    case comparators(above: UInt8, negativeReaches: Bool)
    /// A comparator that could not be read.
    case comparatorUnreadable(role: String, errno: Int32)
    /// A companion microcontroller whose newest sample is this old, or that sent none (`nil`).
    case staleCompanion(device: String, milliseconds: Int64?)
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
    /// A plug lock whose motor turned for its whole time and did not get there.
    case lockJammed(locked: Bool, milliseconds: Int64)
    /// Temperature sensors that have not answered for so long.
    case staleTemperature(seconds: Int64)
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
        case .chip(let path, let code):
            return "GPIO chip \(path): cannot be opened: \(systemErrorText(code))"
        case .notEmulated(let chip, let device):
            return
                "GPIO chip \(chip): the board profile says emulated = true, expected a chip of gpio-sim, found \(device)"
        case .lineMissing(let name, let chip):
            return "GPIO chip \(chip): has no line named \"\(name)\""
        case .lineRequest(let name, let chip, let code):
            return "GPIO chip \(chip): line \"\(name)\" cannot be requested: \(systemErrorText(code))"
        case .lineAmbiguous(let name, let chips):
            return "line \"\(name)\": \(chips.joined(separator: ", ")) have one each; name its chip"
        case .deviceNotFound(let kind, let name, let found, let names):
            return "\(kind) \"\(name)\": found \(found) of that name among: \(names.joined(separator: ", "))"
        case .tooManyLines(let limit):
            return "the board profile names more than \(limit) GPIO lines"
        case .device(let call, let path, let code):
            return "\(path): \(call): \(systemErrorText(code))"
        case .notANumber(let path, let text):
            return "\(path): expected a decimal number, found \"\(text)\""
        case .outOfRange(let what, let found, let low, let high):
            return "\(what): \(found) is outside \(low) to \(high)"
        default:
            return pilotDescription ?? linkDescription
        }
    }

    private var pilotDescription: String? {
        switch self {
        case .scanFormat(let path, let found):
            return "\(path): expected a format such as le:u12/16>>0, found \"\(found)\""
        case .noScan(let path, let milliseconds):
            return "\(path): no scan within \(milliseconds) ms; does its trigger run?"
        case .shortScan(let path, let bytes, let expected):
            return "\(path): a scan of \(bytes) bytes, expected \(expected)"
        case .comparators(let above, let negativeReaches):
            let bits = String(above, radix: 2)
            return "pilot comparators contradict each other: \(bits), -10 V \(negativeReaches ? "" : "not ")reached"
        case .resetUnwritable(let role, let code):
            return "peak detector's \"\(role)\" cannot be written: \(systemErrorText(code))"
        case .comparatorUnreadable(let role, let code):
            return "pilot comparator \"\(role)\" cannot be read: \(systemErrorText(code))"
        case .staleCompanion(let device, let milliseconds?):
            return "\(device): the newest pilot sample is \(milliseconds) ms old"
        case .staleCompanion(let device, nil):
            return "\(device): no pilot sample yet"
        default: return nil
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
        case .lockJammed(let locked, let milliseconds):
            return "the plug lock is not \(locked ? "locked" : "open") after \(milliseconds) ms of its motor"
        case .staleTemperature(let seconds):
            return "the temperature sensors have not answered for \(seconds) s"
        case .alreadyStarted:
            return "the board was already started"
        case .thread(let code):
            return "the board's thread cannot be made: \(systemErrorText(code))"
        default:
            return "board error"
        }
    }
}
