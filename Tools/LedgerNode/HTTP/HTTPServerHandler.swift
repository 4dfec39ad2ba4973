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
        headers.add(name: "content-length", value: String(response.body.count))
        headers.add(name: "connection", value: keepAlive ? "keep-alive" : "close")
        let head = HTTPResponseHead(version: .http1_1, status: response.status, headers: headers)
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: response.body))), promise: nil)
        let written = channel.writeAndFlush(HTTPServerResponsePart.end(nil))
        return keepAlive ? written : written.flatMap { channel.close() }
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
