internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOWebSocket
internal import Synchronization

/// A small HTTP/1.1 server with CometBFT's limits: body 1 000 000 bytes, 900 connections.
///
/// One request at a time on a connection; a connection idle for a minute is closed.
final class HTTPServer: Sendable {
    static let maximumBody = 1_000_000
    static let maximumConnections = 900
    static let idleLimit = TimeAmount.seconds(60)

    /// Where a connection is taken over by WebSocket.
    static let socketPath = "/websocket"
    static let handlerName = "rpc"

    typealias Responder = @Sendable (HTTPExchangeRequest) async -> HTTPExchangeResponse

    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    private let connections: OpenConnections

    /// The port that it listens on.
    let port: Int

    private init(
        group: MultiThreadedEventLoopGroup, channel: any Channel, connections: OpenConnections, port: Int
    ) {
        self.group = group
        self.channel = channel
        self.connections = connections
        self.port = port
    }

    /// Where a server listens.
    enum Address: Sendable {
        /// Port 0 takes a free one.
        case tcp(host: String, port: Int)
        /// A socket file; one that is left over is replaced.
        case unix(path: String)

        var text: String {
            switch self {
            case .tcp(let host, let port): "\(host):\(port)"
            case .unix(let path): path
            }
        }

        /// Host and port for errors and headers; of a socket file its path, and 0.
        var parts: (host: String, port: Int) {
            switch self {
            case .tcp(let host, let port): (host, port)
            case .unix(let path): (path, 0)
            }
        }
    }

    /// Listens. With a router, WebSocket is spoken at ``socketPath``.
    static func start(
        at address: Address, logger: Logger, router: RPCRouter? = nil, responder: @escaping Responder
    ) async throws(LedgerNodeError) -> HTTPServer {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let connections = OpenConnections()
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                guard connections.enter(channel, limit: maximumConnections) else {
                    logger.warning("refused a connection: \(maximumConnections) are open")
                    return channel.close()
                }
                channel.closeFuture.whenComplete { _ in connections.leave(channel) }
                // A Unix socket has no such option, and no need of it.
                if case .tcp = address { nodelay(channel) }
                return channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(IdleStateHandler(allTimeout: idleLimit))
                    try pipeline.configureHTTPServerPipeline(
                        withPipeliningAssistance: true, withServerUpgrade: router.map(Self.upgrade))
                    try pipeline.addHandler(
                        HTTPServerHandler(responder: responder, connections: connections), name: Self.handlerName)
                }
            }
        do {
            let channel: any Channel
            switch address {
            case .tcp(let host, let port): channel = try await bootstrap.bind(host: host, port: port).get()
            case .unix(let path):
                channel = try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
            }
            return HTTPServer(
                group: group, channel: channel, connections: connections, port: channel.localAddress?.port ?? 0)
        } catch {
            try? await group.shutdownGracefully()
            throw .system(call: "listen", path: address.text, reason: "\(error)")
        }
    }

    private static func nodelay(_ channel: any Channel) {
        // A connection that is gone already needs none.
        channel.setOption(.socketOption(.tcp_nodelay), value: 1).whenFailure { _ in }
    }

    private static func upgrade(_ router: RPCRouter) -> NIOHTTPServerUpgradeConfiguration {
        let upgrader = NIOWebSocketServerUpgrader(
            maxFrameSize: maximumBody,
            shouldUpgrade: { channel, head in
                channel.eventLoop.makeSucceededFuture(head.uri == socketPath ? HTTPHeaders() : nil)
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(WebSocketHandler(router: router))
                }
            })
        return (
            upgraders: [upgrader],
            completionHandler: { context in context.pipeline.removeHandler(name: handlerName, promise: nil) }
        )
    }

    /// Stops listening, closes every connection, and ends the threads.
    func stop() async {
        // A listener or a connection that is already closed is what was asked for.
        try? await channel.close().get()
        for connection in connections.all { try? await connection.close().get() }
        // An answer on its way still needs its event loop.
        await connections.drain()
        try? await group.shutdownGracefully()
    }
}

/// The connections that are open, and the requests that are being answered.
final class OpenConnections: Sendable {
    private struct Books {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var requests = 0
        var drained: [CheckedContinuation<Void, Never>] = []
    }

    private let books = Mutex(Books())

    func enter(_ channel: any Channel, limit: Int) -> Bool {
        books.withLock { books in
            guard books.channels.count < limit else { return false }
            books.channels[ObjectIdentifier(channel)] = channel
            return true
        }
    }

    func leave(_ channel: any Channel) {
        books.withLock { books in books.channels[ObjectIdentifier(channel)] = nil }
    }

    var all: [any Channel] { books.withLock { Array($0.channels.values) } }

    func requestBegins() {
        books.withLock { $0.requests += 1 }
    }

    func requestEnds() {
        let drained = books.withLock { books in
            books.requests -= 1
            guard books.requests == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { books.drained = [] }
            return books.drained
        }
        for continuation in drained { continuation.resume() }
    }

    /// Returns when no request is being answered.
    func drain() async {
        await withCheckedContinuation { continuation in
            let isDrained = books.withLock { books in
                if books.requests > 0 { books.drained.append(continuation) }
                return books.requests == 0
            }
            if isDrained { continuation.resume() }
        }
    }
}
