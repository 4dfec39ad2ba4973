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

    let engine: Engine
    private let server: HTTPServer

    private init(engine: Engine, server: HTTPServer, host: String, chainID: String, anchor: Anchor) {
        self.engine = engine
        self.server = server
        port = server.port
        url = "http://\(host.contains(":") ? "[\(host)]" : host):\(server.port)"
        self.chainID = chainID
        self.anchor = anchor
    }

    /// Opens or makes the home, goes on with its chain, and listens. When it returns, two blocks stand at least and the
    /// newest state can be proved.
    public static func start(_ configuration: LedgerNodeConfiguration) async throws(LedgerNodeError) -> LedgerNode {
        let engine = try Engine(configuration)
        try await engine.begin()
        let router = RPCRouter(engine: engine, logger: configuration.logger)
        let server = try await HTTPServer.start(
            host: configuration.host, port: configuration.port, logger: configuration.logger, router: router
        ) { request in await router.answer(request) }
        await engine.listens(at: "tcp://\(configuration.host):\(server.port)")
        guard let first = try await engine.block(at: 1), let hash = first.blockID.hash else {
            throw .application(reason: "there is no first block")
        }
        return LedgerNode(
            engine: engine, server: server, host: configuration.host, chainID: engine.chainID,
            anchor: Anchor(height: 1, hash: hash))
    }

    /// The newest block's height.
    public var height: Int64 { get async { await engine.height } }

    /// Stops listening and making blocks, and closes the home. Everything committed is durable already.
    public func stop() async {
        // The engine first: who waits for a block is told that none comes, so that the server has nothing to wait for.
        await engine.stop()
        await server.stop()
        await engine.close()
    }
}
