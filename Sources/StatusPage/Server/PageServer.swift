internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// A small HTTP/1.1 server on a loopback address, read only, with one thread of its own.
///
/// It answers GET and HEAD of the paths that its responder knows. What it holds is bounded: connections, bytes of a request,
/// and the time of each step (docs/status-page.md). Nobody waits for it.
public final class PageServer: Sendable {
    /// What a path holds now; nil where there is no such path. Called on the server's thread.
    public typealias Responder = @Sendable (_ path: String) -> PageAnswer?

    private let group: MultiThreadedEventLoopGroup
    /// Where it listens.
    public let port: UInt16

    private init(group: MultiThreadedEventLoopGroup, port: UInt16) {
        self.group = group
        self.port = port
    }

    /// Listens, and answers until `stop`.
    public static func start(
        at address: LoopbackAddress, respond: @escaping Responder
    ) throws(StatusPageError) -> PageServer {
        try start(at: address, limits: PageLimits(), respond: respond)
    }

    static func start(
        at address: LoopbackAddress, limits: PageLimits, respond: @escaping Responder
    ) throws(StatusPageError) -> PageServer {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let open = OpenConnections(limit: limits.connections)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 16)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                guard open.enter() else { return channel.close() }
                channel.closeFuture.whenComplete { _ in open.leave() }
                return channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    let meter = RequestMeter(limit: limits.requestBytes)
                    try pipeline.addHandler(meter)
                    try pipeline.configureHTTPServerPipeline(
                        withPipeliningAssistance: true, withErrorHandling: false)
                    try pipeline.addHandler(PageHandler(limits: limits, meter: meter, respond: respond))
                }
            }
        do {
            let channel = try bootstrap.bind(host: address.host, port: Int(address.port)).wait()
            return PageServer(group: group, port: UInt16(channel.localAddress?.port ?? 0))
        } catch {
            try? group.syncShutdownGracefully()
            throw .cannotListen(address: "\(address)", reason: "\(error)")
        }
    }

    /// Does something on the server's thread again and again.
    public func every(seconds: Int64, _ task: @escaping @Sendable () -> Void) {
        group.next().scheduleRepeatedTask(initialDelay: .zero, delay: .seconds(seconds)) { _ in task() }
    }

    /// Stops listening, closes every connection, and ends the thread.
    public func stop() {
        // It fails only where it was stopped before.
        try? group.syncShutdownGracefully()
    }
}

/// How many connections are open.
private final class OpenConnections: Sendable {
    private let limit: Int
    private let count = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    /// Whether there was room for one more.
    func enter() -> Bool {
        guard count.add(1, ordering: .relaxed).newValue > limit else { return true }
        leave()
        return false
    }

    func leave() { count.subtract(1, ordering: .relaxed) }
}
