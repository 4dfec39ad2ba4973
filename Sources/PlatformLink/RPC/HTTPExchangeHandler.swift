import NIOCore
import NIOHTTP1

/// Runs exchanges one after another on one HTTP/1.1 connection, with a bound on each reply's body.
///
/// Confined to its channel's event loop. A reply belongs to the exchange that is under way; what comes without one, or
/// after a deadline, ends the connection, so that a late reply is never taken for the next one's.
final class HTTPExchangeHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = HTTPExchange
    typealias OutboundOut = HTTPClientRequestPart

    private let bodyLimit: Int
    private let earlyEnd: EarlyEnd
    private var hasBegun = false
    private var waiting: [HTTPExchange] = []
    private var current: HTTPExchange?
    private var head: HTTPResponseHead?
    private var body: [UInt8] = []

    init(bodyLimit: Int, earlyEnd: EarlyEnd) {
        self.bodyLimit = bodyLimit
        self.earlyEnd = earlyEnd
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        promise?.succeed(())
        guard context.channel.isActive else {
            exchange.reply.fail(hasBegun ? HTTPExchangeError.connectionEnded(answered: false) : earlyEnd.error)
            return
        }
        waiting.append(exchange)
        startNext(context: context)
    }

    private func startNext(context: ChannelHandlerContext) {
        guard current == nil, !waiting.isEmpty else { return }
        let exchange = waiting.removeFirst()
        current = exchange
        hasBegun = true
        context.write(wrapOutboundOut(.head(exchange.head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(exchange.body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let exchange = current else {
            context.close(promise: nil)
            return
        }
        switch unwrapInboundIn(data) {
        case .head(let received):
            // 1xx replies are steps on the way, not the reply (RFC 9110 section 15.2).
            guard received.status.code >= 200 else { return }
            head = received
            body = []
            if let promised = received.headers.first(name: "content-length"),
                UInt64(promised).map({ $0 > UInt64(bodyLimit) }) ?? true
            {
                refuse("Content-Length \(promised.prefix(24))", context: context)
            }
        case .body(let part):
            guard body.count + part.readableBytes <= bodyLimit else {
                return refuse(found, context: context)
            }
            body.append(contentsOf: part.readableBytesView)
        case .end:
            guard let received = head else { return }
            current = nil
            head = nil
            exchange.reply.succeed(HTTPReply(head: received, body: body))
            body = []
            if received.isKeepAlive {
                startNext(context: context)
            } else {
                context.close(promise: nil)
            }
        }
    }

    /// How the body that has come so far is framed.
    private var found: String {
        guard let head else { return "no head" }
        if head.headers.contains(name: "content-length") { return "more than its Content-Length" }
        return head.headers.contains(name: "transfer-encoding") ? "chunks without an end" : "a body without an end"
    }

    private func refuse(_ found: String, context: ChannelHandlerContext) {
        guard let exchange = current else { return }
        current = nil
        exchange.reply.fail(HTTPExchangeError.bodyTooLarge(found: found))
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !hasBegun { earlyEnd.note(error) }
        endAll(with: error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        endAll(with: nil)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        endAll(with: nil)
    }

    private func endAll(with error: (any Error)?) {
        let answered = head != nil
        let open = current.map { [$0] + waiting } ?? waiting
        var cause = error
        if case .lineLimitPassed? = error as? HTTPExchangeError {
            cause = HTTPExchangeError.lineLimitPassed(body: body.count)
        }
        current = nil
        waiting = []
        head = nil
        for (index, exchange) in open.enumerated() {
            let ended = HTTPExchangeError.connectionEnded(answered: index == 0 && answered)
            exchange.reply.fail(cause ?? ended)
        }
    }
}
