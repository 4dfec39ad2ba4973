internal import NIOCore
internal import NIOWebSocket

/// One WebSocket connection of the node: text frames in order to a session, what the session writes back as text frames.
///
/// A peer that does not read loses its connection, as it loses its subscription with CometBFT.
final class WebSocketHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    /// As CometBFT's WebSocket server pings.
    static let pingPeriod = TimeAmount.seconds(27)

    private let router: RPCRouter
    private var session: EventSession?
    private var pinging: RepeatedTask?
    /// The frames' answers, one after another.
    private var last: Task<Void, Never>?

    init(router: RPCRouter) {
        self.router = router
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        session = EventSession(router: router) { text in
            guard channel.isWritable else { return channel.close(promise: nil) }
            Self.write(.text, ByteBuffer(bytes: text), to: channel)
        }
        pinging = context.eventLoop.scheduleRepeatedTask(initialDelay: Self.pingPeriod, delay: Self.pingPeriod) { _ in
            Self.write(.ping, ByteBuffer(), to: channel)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        pinging?.cancel()
        session?.end()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text where frame.fin:
            guard let session else { return }
            let (text, before) = ([UInt8](frame.unmaskedData.readableBytesView), last)
            last = Task {
                await before?.value
                await session.take(text)
            }
        case .ping: Self.write(.pong, frame.unmaskedData, to: context.channel)
        case .pong: break
        default: context.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private static func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer, to channel: any Channel) {
        channel.writeAndFlush(WebSocketFrame(fin: true, opcode: opcode, data: data), promise: nil)
    }
}
