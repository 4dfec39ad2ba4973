/// An address that only this machine reaches, with a port: `127.0.0.1:8080`, `[::1]:8080`.
///
/// Names are refused, `localhost` too: what a name means is another machine's to say.
public struct LoopbackAddress: Hashable, Sendable, CustomStringConvertible {
    /// An IPv4 address of 127.0.0.0/8, or `::1`.
    public let host: String
    /// 1 to 65535; 0 takes a free one, and is not read from a text.
    public let port: UInt16

    /// What a configuration may say.
    public static let expected = "a loopback address with a port, such as \"127.0.0.1:8080\" or \"[::1]:8080\""

    /// Reads an address; every other form is refused.
    public init(_ text: String) throws(StatusPageError) {
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { throw .notLoopback(text) }
        let port = text[text.index(after: colon)...]
        guard let number = UInt16(port), number > 0, "\(number)" == port else { throw .notLoopback(text) }
        self.port = number
        switch text[..<colon] {
        case "[::1]": host = "::1"
        case let address where Self.isLoopback(address): host = String(address)
        default: throw .notLoopback(text)
        }
    }

    /// An address on a free port, for whoever asks the server which one it got.
    static func anyPort(host: String = "127.0.0.1") -> LoopbackAddress { LoopbackAddress(host: host, port: 0) }

    private init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Four decimal numbers without leading zeros, the first of them 127.
    static func isLoopback(_ text: some StringProtocol) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "127" else { return false }
        return parts.allSatisfy { part in UInt8(part).map { "\($0)" == part } ?? false }
    }

    public var description: String { host == "::1" ? "[::1]:\(port)" : "\(host):\(port)" }
}
