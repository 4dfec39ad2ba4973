import Quantities

/// The line belongs to another protocol: a person's terminal sends a file over it.
public struct LineHandover: Sendable {
    /// What the other protocol came to.
    public enum Ending: Equatable, Sendable, CustomStringConvertible {
        /// A file came in, as far as the protocol can tell.
        case received
        case failed(String)

        public var description: String {
            switch self {
            case .received: "a file was received"
            case .failed(let reason): "no file was received: \(reason)"
            }
        }
    }

    let invocation: Invocation
    let technician: Technician
    /// When the login ends whatever happens, and the transfer with it; nil where the port itself says who is there.
    let until: MonotonicInstant?
    /// What came behind the line that gave the command.
    var rest: [LineSymbol] = []
}
