internal import Glibc
public import LightClient
internal import Logging
internal import NIOHTTP1
internal import SignedRecords

/// A standalone ledger node: in-process validators, CometBFT's block formats and RPC, state in its home folder.
///
/// Blocks: one each block interval while transactions wait; one more at once when the state changed, so that the change can
/// be proved; an empty one at the latest a minute after the last. A node that is killed goes on from its home with the same
/// chain.
public actor LedgerNode {
    /// The block that a light client may start from: the chain's first.
    public struct Anchor: Sendable, Equatable {
        /// Its height: 1.
        public let height: Int64
        /// Its hash.
        public let hash: Hash
    }

    /// The port that the RPC listens on.
    public nonisolated let port: Int
    /// The RPC's URL.
    public nonisolated let url: String
    /// The chain's name.
    public nonisolated let chainID: String
    /// The chain's first block.
    public nonisolated let anchor: Anchor

    /// The second RPC's URL, where one was asked for.
    public nonisolated let secondURL: String?

    let engine: Engine
    private let servers: [HTTPServer]

    private init(engine: Engine, servers: Servers, host: String, chainID: String, anchor: Anchor) {
        self.engine = engine
        self.servers = [servers.main, servers.second, servers.control].compactMap { $0 }
        port = servers.main.port
        url = Self.url(host, servers.main.port)
        secondURL = servers.second.map { Self.url(host, $0.port) }
        self.chainID = chainID
        self.anchor = anchor
    }

    /// Opens or makes the home, goes on with its chain, and listens. When it returns, two blocks stand at least and the
    /// newest state can be proved.
    public static func start(_ configuration: LedgerNodeConfiguration) async throws(LedgerNodeError) -> LedgerNode {
        let engine = try Engine(configuration)
        try await engine.begin()
        let servers = try await Servers.start(configuration, engine)
        await engine.listens(at: "tcp://\(configuration.host):\(servers.main.port)")
        guard let first = try await engine.block(at: 1), let hash = first.blockID.hash else {
            throw .application(reason: "there is no first block")
        }
        return LedgerNode(
            engine: engine, servers: servers, host: configuration.host, chainID: engine.chainID,
            anchor: Anchor(height: 1, hash: hash))
    }

    /// The newest block's height.
    public var height: Int64 { get async { await engine.height } }

    /// Stops listening and making blocks, and closes the home. Everything committed is durable already.
    public func stop() async {
        // The engine first: who waits for a block is told that none comes, so that the server has nothing to wait for.
        await engine.stop()
        for server in servers { await server.stop() }
        await engine.close()
    }

    private static func url(_ host: String, _ port: Int) -> String {
        "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    /// Everything that listens.
    private struct Servers {
        let main: HTTPServer
        let second: HTTPServer?
        let control: HTTPServer?

        static func start(
            _ configuration: LedgerNodeConfiguration, _ engine: Engine
        ) async throws(LedgerNodeError) -> Servers {
            let logger = configuration.logger
            guard configuration.secondRPC == nil || configuration.controlSocket != nil else {
                throw .configuration(field: "second RPC", reason: "is for faults, which need a control socket")
            }
            func rpc(_ host: String, _ port: Int, _ face: NodeFault.Audience) async throws(LedgerNodeError)
                -> HTTPServer
            {
                let router = RPCRouter(engine: engine, logger: logger, face: face)
                return try await HTTPServer.start(
                    at: .tcp(host: host, port: port), logger: logger, router: router
                ) { request in await router.answer(request) }
            }
            let main = try await rpc(configuration.host, configuration.port, .main)
            var second: HTTPServer?
            if let (host, port) = configuration.secondRPC { second = try await rpc(host, port, .second) }
            var control: HTTPServer?
            if let path = configuration.controlSocket {
                let router = DevelopmentRouter(engine: engine, logger: logger)
                control = try await HTTPServer.start(at: .unix(path: path), logger: logger) { request in
                    await router.answer(request)
                }
                // Whoever may write to it may change the chain.
                guard chmod(path, 0o600) == 0 else { throw SecretFile.failure("chmod", path) }
            }
            return Servers(main: main, second: second, control: control)
        }
    }
}
