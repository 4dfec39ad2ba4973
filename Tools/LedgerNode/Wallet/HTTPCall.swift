internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// One POST over one plain HTTP connection, with a deadline and a bound on the answer.
enum HTTPCall {
    static let maximumAnswer = 16 << 20

    /// Sends `body` and returns the answer's body, whatever its status.
    static func post(
        host: String, port: Int, body: [UInt8], deadline: TimeAmount = .seconds(20)
    ) async throws(WalletError) -> [UInt8] {
        let group = MultiThreadedEventLoopGroup.singleton
        let promise = group.any().makePromise(of: [UInt8].self)
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
        do { channel = try await bootstrap.connect(host: host, port: port).get() } catch {
            promise.fail(error)
            throw .unreachable(host: host, port: port, reason: "\(error)")
        }
        var headers = HTTPHeaders()
        headers.add(name: "host", value: "\(host):\(port)")
        headers.add(name: "content-type", value: "application/json")
        headers.add(name: "content-length", value: String(body.count))
        headers.add(name: "connection", value: "close")
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/", headers: headers)
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

    private let promise: EventLoopPromise<[UInt8]>
    private var body: [UInt8] = []

    init(promise: EventLoopPromise<[UInt8]>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: break
        case .body(let part):
            guard body.count + part.readableBytes <= HTTPCall.maximumAnswer else {
                promise.fail(WalletError.answer(reason: "more than \(HTTPCall.maximumAnswer) bytes"))
                return context.close(promise: nil)
            }
            body.append(contentsOf: part.readableBytesView)
        case .end: promise.succeed(body)
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
