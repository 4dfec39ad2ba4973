internal import NIOHTTP1

/// Why a request gets no page. Each has its status of RFC 9110 and a line that says what was expected.
enum PageRefusal: UInt, Equatable, Sendable, CaseIterable {
    case malformed = 400
    case unknownPath = 404
    case method = 405
    case tooSlow = 408
    case hasBody = 413
    /// The name in Host is another machine's: a page of some web site, whose name was bent to this machine, is asking.
    case foreignHost = 421
    case headTooLarge = 431
    case version = 505

    var reason: String {
        switch self {
        case .malformed: "Bad Request"
        case .unknownPath: "Not Found"
        case .method: "Method Not Allowed"
        case .tooSlow: "Request Timeout"
        case .hasBody: "Content Too Large"
        case .foreignHost: "Misdirected Request"
        case .headTooLarge: "Request Header Fields Too Large"
        case .version: "HTTP Version Not Supported"
        }
    }

    var words: String {
        switch self {
        case .malformed: "expected a request of HTTP/1.1 with one Host"
        case .unknownPath: "expected /, /status.json, /history.json, /records.json, /device.json or /metrics"
        case .method: "expected GET or HEAD"
        case .tooSlow: "expected a whole request within 10 s"
        case .hasBody: "expected a request without a body"
        case .foreignHost: "expected this machine's loopback address or localhost as Host"
        case .headTooLarge: "expected a request of at most 8192 bytes"
        case .version: "expected HTTP/1.1 or HTTP/1.0"
        }
    }

    /// The whole answer as it goes on the line; the connection ends behind it.
    ///
    /// - Parameter headers: Those that every answer has, from a content type, a length and a policy.
    func answer(
        headers: (_ contentType: String, _ length: Int, _ policy: String) -> HTTPHeaders, isHead: Bool
    ) -> [UInt8] {
        let body = "\(rawValue) \(reason): \(words)\n"
        var text = "HTTP/1.1 \(rawValue) \(reason)\r\n"
        for (name, value) in headers("text/plain; charset=utf-8", body.utf8.count, PageAnswer.noContent) {
            text += "\(name): \(value)\r\n"
        }
        if self == .method { text += "Allow: GET, HEAD\r\n" }
        text += "Connection: close\r\n\r\n"
        return Array((isHead ? text : text + body).utf8)
    }
}
