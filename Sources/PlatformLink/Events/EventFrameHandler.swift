import NIOCore
import NIOWebSocket

/// Why an event connection ended.
enum EventEnd: Error, Equatable, Sendable {
    /// The node sent more than the budget.
    case excess
    /// The node closed, or the connection broke.
    case ended(String)
    /// Nothing came for so long that the connection counts as dead.
    case silent
    /// The node does not speak WebSocket there.
    case refused
}

/// Subscribes to new blocks and counts what comes. Confined to its channel's event loop.
///
/// Nothing that comes is read further than that it came: a hint that is forged costs one look at the ledger, like a true one.
final class EventFrameHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    static let subscription =
        #"{"jsonrpc":"2.0","id":1,"method":"subscribe","params":{"query":"tm.event='NewBlock'"}}"#

    /// Takes a frame's size; whether the connection goes on.
    private let took: @Sendable (Int) -> Bool
    private let ended: EventLoopPromise<EventEnd>
    private var end: EventEnd?

    init(ended: EventLoopPromise<EventEnd>, took: @escaping @Sendable (Int) -> Bool) {
        self.ended = ended
        self.took = took
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        guard end == nil else { return }
        guard took(frame.length + 2) else { return close(.excess, context) }
        switch frame.opcode {
        case .ping: context.writeAndFlush(wrapOutboundOut(Self.frame(.pong, frame.unmaskedData)), promise: nil)
        case .connectionClose: close(.ended("the node closed it"), context)
        default: break
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is IdleStateHandler.IdleStateEvent else { return context.fireUserInboundEventTriggered(event) }
        close(.silent, context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(.ended("\(error)"), context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        ended.succeed(end ?? .ended("the connection ended"))
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        ended.succeed(end ?? .ended("the connection ended"))
    }

    private func close(_ reason: EventEnd, _ context: ChannelHandlerContext) {
        if end == nil { end = reason }
        context.close(promise: nil)
    }

    /// A client's frames are masked (RFC 6455 section 5.3).
    static func frame(_ opcode: WebSocketOpcode, _ data: ByteBuffer) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
    }
}

extension EventEnd: CustomStringConvertible {
    var description: String {
        switch self {
        case .excess:
            "more than \(EventBudget.framesPerWindow) frames or \(EventBudget.bytesPerWindow) bytes within a minute"
        case .ended(let reason): "ended: \(NodeClient.shown(reason))"
        case .silent: "nothing came for \(EventListener.silenceLimit.nanoseconds / 1_000_000_000) s"
        case .refused: "the node takes no subscription"
        }
    }
}
