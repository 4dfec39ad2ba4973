internal import NIOCore
internal import NIOHTTP1

// Invariants: at most one answer is on its way at a time; after a refusal nothing more is read; every state has a deadline at
// which the connection is closed.

/// One connection: a request after another, each answered whole. Belongs to its event loop.
final class PageHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: PageLimits
    private let meter: RequestMeter
    private let respond: PageServer.Responder
    private var head: HTTPRequestHead?
    private var isRefused = false
    private var isAnswering = false
    /// The other side sends nothing any more.
    private var isLast = false
    private var deadline: Scheduled<Void>?

    init(limits: PageLimits, meter: RequestMeter, respond: @escaping PageServer.Responder) {
        self.limits = limits
        self.meter = meter
        self.respond = respond
    }

    func channelActive(context: ChannelHandlerContext) {
        awaitRequest(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            // Judged at once: what is refused need not come to its end.
            if case .failure(let refused) = PageRequest.judge(head) { return refuse(refused.reason, context) }
            self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            self.head = nil
            answer(head, context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is RequestMeter.Overflow: refuse(.headTooLarge, context)
        case ChannelEvent.inputClosed:
            isLast = true
            if !isAnswering, !isRefused { context.close(promise: nil) }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What breaks HTTP is told so; a line that broke has nobody left to tell.
        if error is HTTPParserError { refuse(.malformed, context) } else { context.close(promise: nil) }
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard case .success(let request) = PageRequest.judge(head) else { return }
        guard let page = respond(request.path) else { return refuse(.unknownPath, context, isHead: request.isHead) }
        var headers = Self.headers(page.contentType, length: page.body.count, policy: page.policy)
        if !request.isKeptAlive {
            headers.add(name: "Connection", value: "close")
        } else if head.version == .http1_0 {
            headers.add(name: "Connection", value: "keep-alive")
        }
        let answer = HTTPResponseHead(version: .http1_1, status: .ok, headers: headers)
        write(answer, request.isHead ? [] : page.body, closing: !request.isKeptAlive, context)
    }

    /// The answer to what is no request goes past the handlers that wait for one; whatever was answered before is on the line
    /// already.
    private func refuse(_ reason: PageRefusal, _ context: ChannelHandlerContext, isHead: Bool = false) {
        guard !isRefused else { return }
        isRefused = true
        head = nil
        close(context, after: limits.answer)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        meter.send(reason.answer(headers: Self.headers, isHead: isHead)).whenComplete { _ in
            let (handler, context) = bound.value
            handler.hangUp(context)
        }
    }

    private func write(
        _ head: HTTPResponseHead, _ body: [UInt8], closing: Bool, _ context: ChannelHandlerContext
    ) {
        isAnswering = true
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !body.isEmpty { context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil) }
        close(context, after: limits.answer)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { result in
            let (handler, context) = bound.value
            handler.isAnswering = false
            guard !handler.isRefused else { return }
            guard !closing, !handler.isLast, case .success = result else { return handler.hangUp(context) }
            handler.meter.reset()
            handler.awaitRequest(context)
        }
    }

    /// Closes our side first, so that an answer to somebody who still sends is not lost to a reset; then all of it.
    private func hangUp(_ context: ChannelHandlerContext) {
        close(context, after: .seconds(1))
        context.close(mode: .output, promise: nil)
    }

    private func awaitRequest(_ context: ChannelHandlerContext) {
        deadline?.cancel()
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: limits.request) {
            let (handler, context) = bound.value
            // Who has sent nothing since the last answer is not told that it is late: it may just be about to ask.
            if handler.meter.isBegun { handler.refuse(.tooSlow, context) } else { context.close(promise: nil) }
        }
    }

    private func close(_ context: ChannelHandlerContext, after time: TimeAmount) {
        deadline?.cancel()
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: time) { bound.value.close(promise: nil) }
    }

    /// No cookie, no cache, no frame, no other origin, nothing that is guessed or run.
    static func headers(_ contentType: String, length: Int, policy: String) -> HTTPHeaders {
        [
            "Content-Type": contentType, "Content-Length": "\(length)", "Cache-Control": "no-store",
            "Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin",
        ]
    }
}
