import NIOCore
import NIOHTTP1
import Synchronization

/// One request and the promise of its reply, as it travels through the channel.
struct HTTPExchange: Sendable {
    let head: HTTPRequestHead
    let body: ByteBuffer
    let reply: EventLoopPromise<HTTPReply>
}

/// A whole reply: its head and body.
struct HTTPReply: Sendable {
    let head: HTTPResponseHead
    let body: [UInt8]

    var status: UInt { head.status.code }

    /// Why the head cannot be that of a JSON reply; nil where it can. What is not stated is judged by the body.
    var unreadableReason: String? {
        if let coding = head.headers.first(name: "content-encoding"), coding.lowercased() != "identity" {
            return "Content-Encoding \(NodeClient.shown(String(coding.prefix(40)))), none was asked for"
        }
        if let type = head.headers.first(name: "content-type"), !type.lowercased().hasPrefix("application/json") {
            return "Content-Type \(NodeClient.shown(String(type.prefix(40)))), expected application/json"
        }
        return nil
    }
}

/// Why an exchange ended without a reply.
enum HTTPExchangeError: Error {
    /// The connection ended; `answered` says whether a byte of this exchange's reply had come.
    case connectionEnded(answered: Bool)
    /// The body passed the limit, or its head said that it would; `found` says which.
    case bodyTooLarge(found: String)
    /// The reply took more bytes on the line than a body within its limit can take.
    case lineLimitPassed(body: Int)
    /// The whole reply was not there in time.
    case deadlinePassed
}

/// How many bytes have come since the last request was written; one for each connection, read from outside its event loop.
final class ReplyProgress: Sendable {
    private let count = Atomic<Int>(0)

    var received: Int { count.load(ordering: .relaxed) }

    func begin() { count.store(0, ordering: .relaxed) }

    /// Counts bytes and gives their sum.
    func add(_ bytes: Int) -> Int { count.wrappingAdd(bytes, ordering: .relaxed).newValue }
}

/// Why a connection ended before its first request: a TLS handshake that fails does so while nobody waits for a reply yet.
final class EarlyEnd: Sendable {
    private let cause = Mutex<(any Error)?>(nil)

    /// Keeps the first cause; those that follow are consequences.
    func note(_ error: any Error) {
        cause.withLock { if $0 == nil { $0 = error } }
    }

    /// What a request on that connection fails with.
    var error: any Error { cause.withLock { $0 } ?? HTTPExchangeError.connectionEnded(answered: false) }
}
