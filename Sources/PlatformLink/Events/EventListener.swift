import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import Quantities
import Synchronization

/// Listens to a node's new blocks over WebSocket, one connection at a time.
///
/// A hint only ever brings the next look at the ledger forward; lost, forged, endless or flooding events change nothing that
/// is believed, and cost no more than ``EventBudget`` lets them.
final class EventListener: Sendable {
    /// Largest frame that is taken: a block's event is no larger than a reply.
    static let frameLimit = HTTPTransport.bodyLimit
    /// Longest wait for the reply to the upgrade.
    static let upgradeLimit = TimeAmount.seconds(10)
    /// A node pings each 27 s: after so long without a byte the connection is dead.
    static let silenceLimit = TimeAmount.seconds(90)

    private let group: MultiThreadedEventLoopGroup
    private let trustRoots: String?
    private let identity: TLSIdentity?
    private let budget: Mutex<EventBudget>
    private let monotonic: @Sendable () -> MonotonicInstant
    private let hint: @Sendable () -> Void

    /// A listener that calls `hint` at most once each `interval`.
    init(
        trustRoots: String?, identity: TLSIdentity?, interval: Nanoseconds,
        monotonic: @escaping @Sendable () -> MonotonicInstant, hint: @escaping @Sendable () -> Void
    ) {
        self.trustRoots = trustRoots
        self.identity = identity
        budget = Mutex(EventBudget(interval: interval))
        self.monotonic = monotonic
        self.hint = hint
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    }

    deinit {
        group.shutdownGracefully { _ in }
    }

    /// Listens until the connection ends, for whatever reason, or the task is cancelled.
    func listen(to address: RPCEndpoint) async throws -> EventEnd {
        let tls = try TLSIdentity.context(for: address, trustRoots: trustRoots, identity: identity)
        let ended = group.next().makePromise(of: EventEnd.self)
        do {
            let (channel, upgrade) = try await connect(to: address, tls: tls, ended: ended)
            return try await withTaskCancellationHandler {
                let timer = channel.eventLoop.scheduleTask(in: Self.upgradeLimit) { channel.close(promise: nil) }
                let isUpgraded: Bool
                do {
                    isUpgraded = try await upgrade.get()
                } catch {
                    timer.cancel()
                    channel.close(promise: nil)
                    throw error
                }
                timer.cancel()
                if isUpgraded {
                    // Not before: while the connection is handed over, what is written is lost.
                    let subscription = ByteBuffer(string: EventFrameHandler.subscription)
                    try await channel.writeAndFlush(EventFrameHandler.frame(.text, subscription))
                    return try await ended.futureResult.get()
                }
                channel.close(promise: nil)
                ended.succeed(.refused)
                return .refused
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch {
            ended.succeed(.ended("\(error)"))
            throw error
        }
    }

    /// The connection, and the future of its upgrade: whether the node took it.
    private func connect(
        to address: RPCEndpoint, tls: NIOSSLContext?, ended: EventLoopPromise<EventEnd>
    ) async throws -> (any Channel, EventLoopFuture<Bool>) {
        let took: @Sendable (Int) -> Bool = { [weak self] size in self?.took(size) ?? false }
        let serverName = address.serverName
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(.nanoseconds(HTTPTransport.connectLimit.rawValue))
            .channelOption(.socketOption(.so_keepalive), value: 1)
        return try await bootstrap.connect(host: address.host, port: address.port) { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                if let tls { try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: serverName)) }
                let upgrader = NIOTypedWebSocketClientUpgrader<Bool>(maxFrameSize: Self.frameLimit) { channel, _ in
                    channel.eventLoop.makeCompletedFuture {
                        let upgraded = channel.pipeline.syncOperations
                        try upgraded.addHandler(IdleStateHandler(readTimeout: Self.silenceLimit))
                        try upgraded.addHandler(EventFrameHandler(ended: ended, took: took))
                        return true
                    }
                }
                let configuration = NIOTypedHTTPClientUpgradeConfiguration<Bool>(
                    upgradeRequestHead: Self.request(to: address), upgraders: [upgrader]
                ) { channel in
                    channel.eventLoop.makeSucceededFuture(false)
                }
                let upgrade = try pipeline.configureUpgradableHTTPClientPipeline(
                    configuration: NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: configuration))
                return (channel, upgrade)
            }
        }
    }

    private static func request(to address: RPCEndpoint) -> HTTPRequestHead {
        let path = address.path.hasSuffix("/") ? "\(address.path)websocket" : "\(address.path)/websocket"
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path)
        head.headers.add(name: "Host", value: address.hostHeader)
        head.headers.add(name: "User-Agent", value: "wattseal")
        head.headers.add(name: "Content-Length", value: "0")
        return head
    }

    private func took(_ size: Int) -> Bool {
        let now = monotonic()
        switch budget.withLock({ $0.took(size, at: now) }) {
        case .hint:
            hint()
            return true
        case .quiet: return true
        case .excess: return false
        }
    }
}
