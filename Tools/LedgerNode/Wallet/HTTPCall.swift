internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// One request over one plain HTTP connection, with a deadline and a bound on the answer.
enum HTTPCall {
    static let maximumAnswer = 16 << 20

    /// Sends `body` and returns the answer's body, whatever its status.
    static func post(
        host: String, port: Int, body: [UInt8], deadline: TimeAmount = .seconds(20)
    ) async throws(WalletError) -> [UInt8] {
        try await exchange(
            to: .tcp(host: host, port: port), method: .POST, target: "/", body: body, deadline: deadline
        ).body
    }

    /// What came back.
    struct Answer: Sendable {
        let status: UInt
        let body: [UInt8]
    }

    /// Sends a request and returns the answer.
    static func exchange(
        to address: HTTPServer.Address, method: HTTPMethod, target: String, body: [UInt8],
        deadline: TimeAmount = .seconds(20)
    ) async throws(WalletError) -> Answer {
        let group = MultiThreadedEventLoopGroup.singleton
        let promise = group.any().makePromise(of: Answer.self)
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(.seconds(5))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(AnswerHandler(promise: promise))
                }
            }
        let channel: any Channel
        let (host, port) = address.parts
        do {
            switch address {
            case .tcp: channel = try await bootstrap.connect(host: host, port: port).get()
            case .unix(let path): channel = try await bootstrap.connect(unixDomainSocketPath: path).get()
            }
        } catch {
            promise.fail(error)
            throw .unreachable(host: host, port: port, reason: "\(error)")
        }
        var headers = HTTPHeaders()
        headers.add(name: "host", value: "\(host):\(port)")
        headers.add(name: "content-type", value: "application/json")
        headers.add(name: "content-length", value: String(body.count))
        headers.add(name: "connection", value: "close")
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: target, headers: headers)
        let timeout = channel.eventLoop.scheduleTask(in: deadline) {
            promise.fail(WalletError.unreachable(host: host, port: port, reason: "no answer in time"))
        }
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        defer {
            timeout.cancel()
            channel.close(promise: nil)
        }
        do { return try await promise.futureResult.get() } catch let error as WalletError { throw error } catch {
            throw .unreachable(host: host, port: port, reason: "\(error)")
        }
    }
}

/// Collects the answer.
private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let promise: EventLoopPromise<HTTPCall.Answer>
    private var status: UInt = 0
    private var body: [UInt8] = []

    init(promise: EventLoopPromise<HTTPCall.Answer>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): status = head.status.code
        case .body(let part):
            guard body.count + part.readableBytes <= HTTPCall.maximumAnswer else {
                promise.fail(WalletError.answer(reason: "more than \(HTTPCall.maximumAnswer) bytes"))
                return context.close(promise: nil)
            }
            body.append(contentsOf: part.readableBytesView)
        case .end: promise.succeed(HTTPCall.Answer(status: status, body: body))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        // Without effect where the whole answer has come.
        promise.fail(WalletError.answer(reason: "the connection ended before the answer did"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }
}
