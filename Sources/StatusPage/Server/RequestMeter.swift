internal import NIOCore
internal import Quantities

/// Counts the bytes that came since the last answer, before anything reads them: what is too much is not parsed.
///
/// Belongs to its connection's event loop.
final class RequestMeter: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// More bytes came than a request may have.
    struct Overflow {}

    private let limit: Int
    private var count = 0
    private var context: ChannelHandlerContext?

    init(limit: Int) { self.limit = limit }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Puts bytes on the line as they are.
    func send(_ bytes: [UInt8]) -> EventLoopFuture<Void> {
        guard let context else { invariantBroken("a connection's meter is in its pipeline while it is answered") }
        return context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)))
    }

    /// Whether anything came since the last answer.
    var isBegun: Bool { count > 0 }

    /// A request was answered; the next one begins.
    func reset() { count = 0 }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard count <= limit else { return }
        count += unwrapInboundIn(data).readableBytes
        if count > limit {
            context.fireUserInboundEventTriggered(Overflow())
        } else {
            context.fireChannelRead(data)
        }
    }
}
