/// The ledger's state machine behind CometBFT: an ABCI 2.0 socket server. CometBFT keeps blocks, votes and the network; here
/// are the state and its snapshots. A process that is killed goes on from its last commit, and CometBFT replays the rest.
public actor ABCINode {
    /// Where it listens, with the port that was taken.
    public nonisolated let address: ABCIAddress
    private let responder: ABCIResponder
    private let server: ABCIServer

    private init(responder: ABCIResponder, server: ABCIServer) {
        self.responder = responder
        self.server = server
        address = server.address
    }

    /// Opens or makes the home, and listens.
    public static func start(_ configuration: ABCINodeConfiguration) async throws(LedgerNodeError) -> ABCINode {
        let responder = try ABCIResponder(configuration)
        do throws(LedgerNodeError) {
            let server = try await ABCIServer.start(
                configuration.listen, limit: configuration.frameLimit, responder: responder,
                logger: configuration.logger)
            return ABCINode(responder: responder, server: server)
        } catch {
            await responder.close()
            throw error
        }
    }

    /// Where the state stands.
    public var standing: Standing { get async { await responder.standing } }

    /// Where the state stands.
    public struct Standing: Sendable, Equatable {
        /// The ledger's name; nil before the chain has begun.
        public let chainID: String?
        /// The last committed height, 0 before the first.
        public let height: Int64
        /// The state's root; empty before the first commit.
        public let appHash: [UInt8]
    }

    /// Returns when no snapshot is being written.
    func finishSnapshot() async { await responder.finishSnapshot() }

    /// Closes every connection, then the home. Everything committed is durable already.
    public func stop() async {
        await server.stop()
        await responder.close()
    }
}
