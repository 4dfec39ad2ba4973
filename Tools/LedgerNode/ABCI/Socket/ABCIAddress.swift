/// Where the application listens, as CometBFT's `proxy_app` names it.
public enum ABCIAddress: Sendable, Equatable, CustomStringConvertible {
    /// A port; 0 takes a free one.
    case tcp(host: String, port: Int)
    /// A socket file.
    case unix(path: String)

    /// `tcp://HOST:PORT` (an IPv6 host in brackets) or `unix://PATH`.
    public init(_ text: String) throws(LedgerNodeError) {
        if text.hasPrefix("unix://"), text.utf8.count > 7 {
            self = .unix(path: String(text.dropFirst(7)))
            return
        }
        let rest = text.dropFirst(6)
        guard text.hasPrefix("tcp://"), let colon = rest.lastIndex(of: ":"), colon != rest.startIndex,
            let port = Int(rest[rest.index(after: colon)...]), (0...65_535).contains(port)
        else {
            throw .configuration(
                field: "listen", reason: "expected tcp://HOST:PORT or unix://PATH, found \"\(text)\"")
        }
        let host = rest[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        self = .tcp(host: String(isBracketed ? host.dropFirst().dropLast() : host), port: port)
    }

    /// The address as text.
    public var description: String {
        switch self {
        case .tcp(let host, let port): "tcp://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        case .unix(let path): "unix://\(path)"
        }
    }
}
