import NIOCore
import NIOHTTP1

/// One request and the promise of its reply, as it travels through the channel.
struct HTTPExchange: Sendable {
    let head: HTTPRequestHead
    let body: ByteBuffer
    let reply: EventLoopPromise<HTTPReply>
}

/// A whole reply: status and body.
struct HTTPReply: Sendable {
    let status: UInt
    let body: [UInt8]
}

/// Why an exchange ended without a reply.
enum HTTPExchangeError: Error {
    /// The connection ended; `answered` says whether a byte of this exchange's reply had come.
    case connectionEnded(answered: Bool)
    /// The body passed the limit.
    case bodyTooLarge
    /// The whole reply was not there in time.
    case deadlinePassed
}
