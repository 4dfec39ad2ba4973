internal import NIOHTTP1

/// A request with its whole body, already within the limits.
struct HTTPExchangeRequest: Sendable {
    let method: HTTPMethod
    /// Path and query, as sent.
    let target: String
    let body: [UInt8]
}

/// What goes back.
struct HTTPExchangeResponse: Sendable {
    let status: HTTPResponseStatus
    let contentType: String
    let body: [UInt8]
    /// How the answer reaches the asker.
    var delivery = HTTPDelivery.whole

    /// A JSON body.
    static func json(_ status: HTTPResponseStatus, _ body: [UInt8]) -> Self {
        Self(status: status, contentType: "application/json", body: body)
    }

    /// A line of text.
    static func text(_ status: HTTPResponseStatus, _ text: String) -> Self {
        Self(status: status, contentType: "text/plain; charset=utf-8", body: [UInt8](text.utf8))
    }
}
