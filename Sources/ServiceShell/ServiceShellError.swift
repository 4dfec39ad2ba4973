/// Everything that can go wrong between the technician and the firmware.
public enum ServiceShellError: Error, Equatable, Sendable {
    /// A line longer than the limit; nothing of it was executed.
    case lineTooLong(limit: Int)
    /// A line that held a byte received in error, a control character, or no valid UTF-8; nothing of it was executed.
    case lineDamaged
    /// A machine line that is not one JSON object of the expected shape.
    case syntax(offset: Int, expected: String)
    /// A command that the shell does not know.
    case unknownCommand(String)
    /// Arguments that the command does not take.
    case arguments(command: String, expected: String)
    /// The firmware could not answer, and why.
    case unavailable(String)
    /// A system call on the serial device failed.
    case device(path: String, call: String, errno: Int32)
    /// The path is no terminal device.
    case notATerminal(path: String)
    /// A baud rate that the serial driver does not offer.
    case unsupportedSpeed(Int)
    /// The line's thread could not be started.
    case thread(errno: Int32)

    /// The stable name that a machine reads.
    public var code: String {
        switch self {
        case .lineTooLong: "E_LINE_TOO_LONG"
        case .lineDamaged: "E_LINE_DAMAGED"
        case .syntax: "E_SYNTAX"
        case .unknownCommand: "E_UNKNOWN_COMMAND"
        case .arguments: "E_ARGUMENTS"
        case .unavailable: "E_UNAVAILABLE"
        case .device, .notATerminal, .unsupportedSpeed, .thread: "E_DEVICE"
        }
    }
}

extension ServiceShellError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .lineTooLong(let limit): "line longer than \(limit) bytes; nothing executed"
        case .lineDamaged: "line held bytes that are no text; nothing executed"
        case .syntax(let offset, let expected): "byte \(offset): expected \(expected)"
        case .unknownCommand(let name): "unknown command \"\(name)\"; help lists them"
        case .arguments(let command, let expected): "\(command): expected \(expected)"
        case .unavailable(let reason): "not available: \(reason)"
        case .device(let path, let call, let code): "\(path): \(call) failed with errno \(code)"
        case .notATerminal(let path): "\(path): is no terminal device"
        case .unsupportedSpeed(let speed): "no baud rate \(speed); expected 9600, 19200, 38400, 57600, 115200 … 921600"
        case .thread(let code): "the serial thread could not be started: errno \(code)"
        }
    }
}
