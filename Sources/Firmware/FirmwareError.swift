/// What can go wrong while the daemon is put together or runs.
public enum FirmwareError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The configuration has mistakes, each with its place.
    case configuration([String])
    /// A system call failed.
    case system(call: String, errno: Int32)
    /// No thread could be made.
    case thread(name: String, errno: Int32)
    /// A room refused to start; its own words.
    case room(String, reason: String)
    /// A room did not come round to what it was asked; it may still do it.
    case late(String, reason: String)

    public var description: String {
        switch self {
        case .configuration(let mistakes): mistakes.joined(separator: "\n")
        case .system(let call, let code): "\(call): \(systemMessage(code))"
        case .thread(let name, let code): "thread \(name): \(systemMessage(code))"
        case .room(let name, let reason), .late(let name, let reason): "\(name): \(reason)"
        }
    }
}
