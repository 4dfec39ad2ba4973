import Simulator

/// Why a case could not be run to its end. Each reads as a part of a line.
enum RunError: Error, CustomStringConvertible {
    /// The plant refused a command of the table.
    case plant(command: String, ScriptError)
    /// A situation did not come about in time.
    case notReached(String, within: Int64)

    var description: String {
        switch self {
        case .plant(let command, let error): "the plant refused \"\(command)\": \(error)"
        case .notReached(let what, let limit): "\(what) was not reached within \(limit) ms"
        }
    }
}
