/// What goes back on the wire.
public enum HostileAnswer: Sendable {
    /// HTTP 200 with a JSON body; the connection stays.
    case body([UInt8])
    /// These bytes as they are; then the connection stays, is closed, or is reset.
    case bytes([UInt8], then: Ending)
    /// These bytes, then others over and over until the device has had enough.
    case endless([UInt8], then: [UInt8])
    /// These bytes, then one more each 20 ms.
    case drip([UInt8])

    /// What becomes of the connection.
    public enum Ending: Sendable {
        case stays, closes, resets
    }

    /// HTTP with any status, header lines and body.
    public static func http(
        _ status: String, _ headers: [String] = ["Content-Type: application/json"], _ body: [UInt8] = []
    ) -> HostileAnswer {
        let head = ["HTTP/1.1 \(status)"] + headers + ["Content-Length: \(body.count)", "", ""]
        return .bytes(Array(head.joined(separator: "\r\n").utf8) + body, then: .stays)
    }
}
