internal import NIOCore
internal import NIOHTTP1

/// Collects one request of a connection, has it answered, and writes the answer.
final class HTTPServerHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let responder: HTTPServer.Responder
    private let connections: OpenConnections
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    /// Set when the request was refused before its end: what still arrives of it is dropped.
    private var refused = false

    init(responder: @escaping HTTPServer.Responder, connections: OpenConnections) {
        self.responder = responder
        self.connections = connections
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
            let declared = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
            if declared > HTTPServer.maximumBody { refuseTooLarge(context: context) }
        case .body(let part):
            guard !refused else { return }
            guard body.count + part.readableBytes <= HTTPServer.maximumBody else {
                return refuseTooLarge(context: context)
            }
            body.append(contentsOf: part.readableBytesView)
        case .end:
            guard !refused, let head else { return }
            let request = HTTPExchangeRequest(method: head.method, target: head.uri, body: body)
            self.head = nil
            body = []
            Self.answer(
                request, by: responder, keepAlive: head.isKeepAlive, on: context.channel, of: connections)
        }
    }

    private static func answer(
        _ request: HTTPExchangeRequest, by responder: @escaping HTTPServer.Responder, keepAlive: Bool,
        on channel: any Channel, of connections: OpenConnections
    ) {
        connections.requestBegins()
        Task {
            let response = await responder(request)
            write(response, keepAlive: keepAlive, to: channel).whenComplete { _ in
                // A connection that went away meanwhile needs no answer.
                connections.requestEnds()
            }
        }
    }

    private func refuseTooLarge(context: ChannelHandlerContext) {
        guard !refused else { return }
        refused = true
        let response = HTTPExchangeResponse.text(.payloadTooLarge, "http: request body too large\n")
        Self.write(response, keepAlive: false, to: context.channel).whenFailure { _ in }
    }

    private static func write(
        _ response: HTTPExchangeResponse, keepAlive: Bool, to channel: any Channel
    ) -> EventLoopFuture<Void> {
        var headers = HTTPHeaders()
        headers.add(name: "content-type", value: response.contentType)
        headers.add(name: "connection", value: keepAlive ? "keep-alive" : "close")
        var length = Int64(response.body.count)
        if case .padded(let bytes) = response.delivery { length = max(length, bytes) }
        headers.add(name: "content-length", value: String(length))
        let head = HTTPResponseHead(version: .http1_1, status: response.status, headers: headers)
        if case .never = response.delivery { return channel.eventLoop.makeSucceededVoidFuture() }
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        let body: EventLoopFuture<Void>
        switch response.delivery {
        case .whole, .never:
            channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: response.body))), promise: nil)
            body = channel.eventLoop.makeSucceededVoidFuture()
        case .drip(let bytes, let interval):
            let pace = Pace(piece: Int(clamping: bytes), interval: .milliseconds(interval))
            body = writePieces(response.body[...], pace, to: channel)
        case .padded:
            channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: response.body))), promise: nil)
            body = writeBlanks(length - Int64(response.body.count), to: channel)
        }
        let written = body.flatMap { channel.writeAndFlush(HTTPServerResponsePart.end(nil)) }
        return keepAlive ? written : written.flatMap { channel.close() }
    }

    private struct Pace: Sendable {
        let piece: Int
        let interval: TimeAmount
    }

    private static func writePieces(
        _ rest: ArraySlice<UInt8>, _ pace: Pace, to channel: any Channel
    ) -> EventLoopFuture<Void> {
        guard !rest.isEmpty else { return channel.eventLoop.makeSucceededVoidFuture() }
        let part = HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: rest.prefix(pace.piece))))
        return channel.writeAndFlush(part).flatMap {
            channel.eventLoop.flatScheduleTask(in: pace.interval) {
                writePieces(rest.dropFirst(pace.piece), pace, to: channel)
            }.futureResult
        }
    }

    /// Blanks, the next ones when the asker has taken the last.
    private static func writeBlanks(_ count: Int64, to channel: any Channel) -> EventLoopFuture<Void> {
        guard count > 0 else { return channel.eventLoop.makeSucceededVoidFuture() }
        let size = Int(min(count, 65_536))
        let part = HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(repeating: 0x20, count: size)))
        return channel.writeAndFlush(part).flatMap { writeBlanks(count - Int64(size), to: channel) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A peer that breaks HTTP or drops the line is disconnected; nothing of ours failed.
        context.close(promise: nil)
    }
}
