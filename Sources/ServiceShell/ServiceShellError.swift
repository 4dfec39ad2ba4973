/// Everything that can go wrong between the technician and the firmware.
public enum ServiceShellError: Error, Equatable, Sendable {
    /// A line longer than the limit; nothing of it was executed.
    case lineTooLong(limit: Int)
    /// A line that held a byte received in error, a control character, or no valid UTF-8; nothing of it was executed.
    case lineDamaged
    /// A line that is wrong at a byte.
    case syntax(offset: Int, expected: String)
    /// A command that the shell does not know.
    case unknownCommand(String)
    /// A shortened word that several commands begin with.
    case ambiguous(String, among: [String])
    /// Arguments that the command does not take.
    case arguments(command: String, expected: String)
    /// The command needs a role that nobody has here now.
    case role(command: String, needed: AccessRole)
    /// A login was refused, and why.
    case login(LoginRefusal)
    /// What the device is doing forbids it.
    case interlock(String)
    /// The confirmation is not the one that was asked for, or comes too late.
    case unconfirmed
    /// A program's line does not carry the checksum that it names, or none where one must be; in hexadecimal.
    case checksum(expected: String, found: String?)
    /// A program sent another request with the id of one that changed something within the last minute.
    case reusedID(Int64)
    /// Only people, or only programs, may give the command.
    case otherMode(command: String)
    /// The firmware could not answer, and why.
    case unavailable(String)
    /// It was begun, and whether it was done is not known.
    case unfinished(String)
    /// A transfer goes on with other bytes than those that came.
    case transferOffset(expected: UInt64, found: UInt64)
    /// A file did not come in by another protocol, and why.
    case notReceived(String)
    /// It could not be put on record, so it was not done.
    case unrecorded(String)
    /// A system call on the line failed.
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
        case .ambiguous: "E_AMBIGUOUS"
        case .arguments: "E_ARGUMENTS"
        case .role: "E_ROLE"
        case .login: "E_LOGIN"
        case .interlock: "E_INTERLOCK"
        case .unconfirmed: "E_CONFIRM"
        case .checksum: "E_SUM"
        case .reusedID: "E_ID"
        case .otherMode: "E_MODE"
        case .unavailable: "E_UNAVAILABLE"
        case .unfinished: "E_UNFINISHED"
        case .transferOffset: "E_OFFSET"
        case .notReceived: "E_TRANSFER"
        case .unrecorded: "E_AUDIT"
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
        case .ambiguous(let word, let names): "\"\(word)\" is short for several: \(names.joined(separator: ", "))"
        case .arguments(let command, let expected): "\(command): expected \(expected)"
        case .role(let command, let needed): "\(command) needs the role \(needed.name); login asks for a challenge"
        case .login(let refusal): "login refused: \(refusal)"
        case .interlock(let reason): "not now: \(reason)"
        case .unconfirmed: "nothing was confirmed: expected the token that was shown last, within 20 s"
        case .checksum(let expected, let found):
            "expected \"sum\":\"\(expected)\" at the line's end, found \(found.map { "\"\($0)\"" } ?? "none")"
        case .reusedID(let id): "id \(id) belongs to another request of the last 60 s"
        case .otherMode(let command): "\(command) is not for this mode"
        case .unavailable(let reason): "not available: \(reason)"
        case .unfinished(let reason): "begun, and it is not known whether it was done: \(reason)"
        case .transferOffset(let expected, let found): "expected byte \(expected) of the bundle, found byte \(found)"
        case .notReceived(let reason): "not received: \(reason)"
        case .unrecorded(let reason): "not done, because it could not be put on record: \(reason)"
        case .device(let path, let call, let code): "\(path): \(call) failed with errno \(code)"
        case .notATerminal(let path): "\(path): is no terminal device"
        case .unsupportedSpeed(let speed): "no baud rate \(speed); expected 9600, 19200, 38400, 57600, 115200 … 921600"
        case .thread(let code): "the shell's thread could not be started: errno \(code)"
        }
    }
}
