import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import PlatformLink

/// An HTTP server on the loopback interface whose every answer a test decides.
final class LocalHTTPServer: Sendable {
    /// What a test answers.
    enum Answer: Sendable {
        /// 200 with a body; the connection stays.
        case body([UInt8])
        /// Any status with a body; the connection stays.
        case status(Int, [UInt8])
        /// 200 with a body in many small chunks.
        case chunks([[UInt8]])
        /// 200 with a body; the server says that it closes, and does.
        case bodyThenClose([UInt8])
        /// 200 with a body; the server closes without having said so.
        case bodyThenHangUp([UInt8])
        /// A promised body that never comes whole.
        case halfABody([UInt8])
        /// 200 with a body that comes byte by byte, one each so many milliseconds.
        case drip([UInt8], milliseconds: Int64)
        /// Closes without a word.
        case hangUp
        /// Never answers.
        case nothing
    }

    typealias Handler = @Sendable (_ connection: Int, _ body: [UInt8]) async -> Answer

    let port: Int
    private let channel: any Channel
    private let group: MultiThreadedEventLoopGroup

    private let scheme: String
    /// Bytes that came over all its connections, HTTP's own among them; with TLS, what it protected.
    let received = NIOLockedValueBox(0)

    var address: String { "\(scheme)://127.0.0.1:\(port)" }

    init(port: Int = 0, tls: NIOSSLContext? = nil, handler: @escaping Handler) async throws {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        scheme = tls == nil ? "http" : "https"
        let count = NIOLockedValueBox(0)
        let received = received
        channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                let number = count.withLockedValue { value -> Int in
                    value += 1
                    return value
                }
                return channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(ByteCounter(sum: received))
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withPipeliningAssistance: false)
                    try channel.pipeline.syncOperations.addHandler(ServerSide(connection: number, handler: handler))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        self.port = channel.localAddress?.port ?? 0
    }

    func stop() async throws {
        try await channel.close()
        try await group.shutdownGracefully()
    }

    private final class ByteCounter: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias InboundOut = ByteBuffer

        private let sum: NIOLockedValueBox<Int>

        init(sum: NIOLockedValueBox<Int>) { self.sum = sum }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            sum.withLockedValue { $0 += unwrapInboundIn(data).readableBytes }
            context.fireChannelRead(data)
        }
    }

    private final class ServerSide: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let connection: Int
        private let handler: Handler
        private var body: [UInt8] = []

        init(connection: Int, handler: @escaping Handler) {
            self.connection = connection
            self.handler = handler
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head: body = []
            case .body(let part): body.append(contentsOf: part.readableBytesView)
            case .end:
                let answered = context.eventLoop.makePromise(of: Answer.self)
                let (connection, handler, request) = (connection, handler, body)
                answered.completeWithTask { await handler(connection, request) }
                let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
                answered.futureResult.whenSuccess { LocalHTTPServer.send($0, bound.value) }
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }

    private static func send(_ answer: Answer, _ context: ChannelHandlerContext) {
        func write(_ part: HTTPServerResponsePart) {
            context.write(NIOAny(part), promise: nil)
        }
        func whole(_ status: Int, _ body: [UInt8], close: Bool = false, promised: Int? = nil) {
            var headers = HTTPHeaders([("Content-Length", String(promised ?? body.count))])
            if close { headers.add(name: "Connection", value: "close") }
            write(.head(HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)))
            write(.body(.byteBuffer(ByteBuffer(bytes: body))))
            if promised == nil { write(.end(nil)) }
            context.flush()
        }
        switch answer {
        case .body(let body): whole(200, body)
        case .status(let status, let body): whole(status, body)
        case .chunks(let parts):
            let headers = HTTPHeaders([("Transfer-Encoding", "chunked")])
            write(.head(HTTPResponseHead(version: .http1_1, status: .ok, headers: headers)))
            for part in parts { write(.body(.byteBuffer(ByteBuffer(bytes: part)))) }
            write(.end(nil))
            context.flush()
        case .bodyThenClose(let body):
            whole(200, body, close: true)
            context.close(promise: nil)
        case .bodyThenHangUp(let body):
            whole(200, body)
            context.close(promise: nil)
        case .halfABody(let body):
            whole(200, body, promised: body.count + 10)
            context.close(promise: nil)
        case .drip(let body, let milliseconds):
            let headers = HTTPHeaders([("Content-Length", String(body.count))])
            write(.head(HTTPResponseHead(version: .http1_1, status: .ok, headers: headers)))
            context.flush()
            let channel = context.channel
            let left = NIOLoopBoundBox(body[...], eventLoop: context.eventLoop)
            context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(milliseconds)) { task in
                guard let byte = left.value.popFirst(), channel.isActive else { return task.cancel() }
                channel.writeAndFlush(
                    HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: [byte]))), promise: nil)
            }
        case .hangUp: context.close(promise: nil)
        case .nothing: break
        }
    }
}
