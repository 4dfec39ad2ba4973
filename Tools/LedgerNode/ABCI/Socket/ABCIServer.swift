internal import Glibc
internal import Logging
internal import NIOCore
internal import NIOPosix

/// Listens for a node. The node dials, and dials again whenever a connection was lost.
final class ABCIServer: Sendable {
    /// A node opens four connections; old ones may not have ended yet when it comes again.
    static let maximumConnections = 64

    private let group: MultiThreadedEventLoopGroup
    private let listening: Task<Void, Never>

    /// Where it listens, with the port that was taken.
    let address: ABCIAddress

    private typealias Listener = NIOAsyncChannel<ABCIVisitor, Never>

    private init(group: MultiThreadedEventLoopGroup, listening: Task<Void, Never>, address: ABCIAddress) {
        self.group = group
        self.listening = listening
        self.address = address
    }

    static func start(
        _ address: ABCIAddress, limit: Int, responder: ABCIResponder, logger: Logger
    ) async throws(LedgerNodeError) -> ABCIServer {
        if case .unix(let path) = address { try refuseLiving(path) }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let listener = try await bind(address, group: group, limit: limit, logger: logger)
            var bound = address
            if case .tcp(let host, _) = address, let port = listener.channel.localAddress?.port {
                bound = .tcp(host: host, port: port)
            }
            let connection = ABCIConnection(responder: responder, logger: logger)
            let listening = Task { await Self.accept(listener, connection, logger) }
            return ABCIServer(group: group, listening: listening, address: bound)
        } catch {
            try? await group.shutdownGracefully()
            throw .system(call: "listen", path: address.description, reason: "\(error)")
        }
    }

    private static func bind(
        _ address: ABCIAddress, group: MultiThreadedEventLoopGroup, limit: Int, logger: Logger
    ) async throws -> Listener {
        let connections = OpenConnections()
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 64)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
        @Sendable func connect(_ channel: any Channel) -> EventLoopFuture<ABCIVisitor> {
            channel.eventLoop.makeCompletedFuture {
                if connections.enter(channel, limit: maximumConnections) {
                    channel.closeFuture.whenComplete { _ in connections.leave(channel) }
                } else {
                    logger.warning("refused an ABCI connection: \(maximumConnections) are open")
                    channel.close(promise: nil)
                }
                try channel.pipeline.syncOperations.addHandler(ABCIFrameHandler(limit: limit))
                return ABCIVisitor(
                    try ABCIConnection.Channel(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(
                            // Few, since one may be as long as a block.
                            backPressureStrategy: .init(lowWatermark: 1, highWatermark: 2),
                            isOutboundHalfClosureEnabled: true)))
            }
        }
        switch address {
        case .tcp(let host, let port):
            // A node whose machine is gone says nothing: the kernel finds out.
            return
                try await bootstrap
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.socketOption(.so_keepalive), value: 1)
                .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
                .bind(host: host, port: port, childChannelInitializer: connect)
        case .unix(let path):
            return try await bootstrap.bind(
                unixDomainSocketPath: path, cleanupExistingSocketFile: true, childChannelInitializer: connect)
        }
    }

    private static func accept(_ listener: Listener, _ connection: ABCIConnection, _ logger: Logger) async {
        do {
            try await listener.executeThenClose { inbound in
                await withDiscardingTaskGroup { group in
                    do {
                        for try await visitor in inbound { group.addTask { await connection.serve(visitor.take()) } }
                    } catch is CancellationError {
                    } catch {
                        logger.critical("no longer listening: \(error)")
                    }
                    group.cancelAll()
                }
            }
        } catch {
            logger.debug("the listener ended: \(error)")
        }
    }

    /// Stops listening, closes every connection, and ends the thread.
    func stop() async {
        listening.cancel()
        await listening.value
        try? await group.shutdownGracefully()
        if case .unix(let path) = address { unlink(path) }
    }

    /// A socket file that nobody listens at is left over and goes; one at which somebody does is not taken away from him.
    private static func refuseLiving(_ path: String) throws(LedgerNodeError) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw .system(call: "listen", path: path, reason: "the path is too long for a socket")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw SecretFile.failure("socket", path) }
        defer { close(descriptor) }
        let answer = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard answer != 0 else { throw .system(call: "listen", path: path, reason: "another process listens here") }
    }
}
