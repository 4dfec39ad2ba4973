import NIOCore

/// Counts what comes on a connection for one request, below HTTP, and ends it at a bound.
///
/// A body's limit alone bounds nothing: status lines of the 1xx kind, chunk headers and trailers go on for ever beside it.
final class ReplyByteCounter: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let limit: Int
    private let progress: ReplyProgress

    init(limit: Int, progress: ReplyProgress) {
        self.limit = limit
        self.progress = progress
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        progress.begin()
        context.write(data, promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard progress.add(unwrapInboundIn(data).readableBytes) <= limit else {
            context.fireErrorCaught(HTTPExchangeError.lineLimitPassed(body: 0))
            context.close(promise: nil)
            return
        }
        context.fireChannelRead(data)
    }
}
