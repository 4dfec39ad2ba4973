/// Why the status page cannot be served.
public enum StatusPageError: Error, Equatable, Sendable, CustomStringConvertible {
    /// An address that other machines reach, or that is none; what was found.
    case notLoopback(String)
    /// The port is taken, or the system refuses it; its words.
    case cannotListen(address: String, reason: String)

    public var description: String {
        switch self {
        case .notLoopback(let found): "expected \(LoopbackAddress.expected), found \"\(found)\""
        case .cannotListen(let address, let reason): "\(address): \(reason)"
        }
    }
}
