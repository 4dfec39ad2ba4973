import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import PlatformLink

/// What a request is told of a connection that ended, on a channel that does nothing by itself.
@Suite("An exchange on a connection that ended")
struct HTTPExchangeHandlerTests {
    private enum Cause: Error { case handshake, later }

    /// A connected channel with the handler.
    private func channel(_ earlyEnd: EarlyEnd) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(handler: HTTPExchangeHandler(bodyLimit: 100, earlyEnd: earlyEnd))
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        return channel
    }

    private func exchange(on channel: EmbeddedChannel) -> (exchange: HTTPExchange, reply: EventLoopFuture<HTTPReply>) {
        let promise = channel.eventLoop.makePromise(of: HTTPReply.self)
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/")
        return (HTTPExchange(head: head, body: ByteBuffer(string: "{}"), reply: promise), promise.futureResult)
    }

    @Test("before the first request: the cause, and the first one where there are several")
    func beforeTheFirst() throws {
        let earlyEnd = EarlyEnd()
        let channel = try channel(earlyEnd)
        channel.pipeline.fireErrorCaught(Cause.handshake)
        channel.pipeline.fireErrorCaught(Cause.later)
        guard case Cause.handshake = earlyEnd.error else {
            Issue.record("\(earlyEnd.error)")
            return
        }
    }

    @Test("a request on a connection that is no longer one fails with that cause")
    func inactive() throws {
        let earlyEnd = EarlyEnd()
        earlyEnd.note(Cause.handshake)
        // Never connected, so the handler is still there.
        let channel = EmbeddedChannel(handler: HTTPExchangeHandler(bodyLimit: 100, earlyEnd: earlyEnd))
        let (exchange, reply) = exchange(on: channel)
        try channel.writeOutbound(exchange)
        #expect(throws: Cause.handshake) { try reply.wait() }
    }

    @Test("between two requests: that it ended, whatever ended it, so that the second may be tried anew")
    func betweenTwo() throws {
        let earlyEnd = EarlyEnd()
        let channel = try channel(earlyEnd)
        let (first, reply) = exchange(on: channel)
        try channel.writeOutbound(first)
        try channel.writeInbound(
            HTTPClientResponsePart.head(
                HTTPResponseHead(version: .http1_1, status: .ok, headers: ["content-length": "0"])))
        try channel.writeInbound(HTTPClientResponsePart.end(nil))
        #expect(try reply.wait().status == 200)
        channel.pipeline.fireErrorCaught(Cause.later)
        guard case HTTPExchangeError.connectionEnded(answered: false) = earlyEnd.error else {
            Issue.record("\(earlyEnd.error)")
            return
        }
    }

    @Test("without any cause: that it ended before a reply")
    func withoutCause() {
        guard case HTTPExchangeError.connectionEnded(answered: false) = EarlyEnd().error else {
            Issue.record("\(EarlyEnd().error)")
            return
        }
    }
}
