import LightClient
import NIOConcurrencyHelpers
import PlatformLink
import Quantities

/// A node of a network in memory that serves headers alone, counts what passes, and can fail in several ways.
final class ChainNode: RPCTransport {
    /// How it answers.
    enum Mood: Sendable {
        case willing, silent, down, garbled
    }

    struct State {
        var mood = Mood.willing
        var newest: Int64
        var earliest: Int64 = 1
        /// Heights by which it grows with each pause of the others.
        var growth: Int64 = 0
        var takesEvidence = true
        var calls: [String: Int] = [:]
        var bytesIn = 0
        var bytesOut = 0
        /// Bodies of /broadcast_evidence.
        var evidence: [String] = []
        var fetched: [Int64] = []
        var blocks: @Sendable (Int64) throws -> LightBlock?

        var requests: Int { calls.values.reduce(0, +) }
    }

    let endpoint: String
    private let chainID: String
    private let state: NIOLockedValueBox<State>

    init(
        _ name: String, chainID: String = "wattseal-test", newest: Int64,
        blocks: @escaping @Sendable (Int64) throws -> LightBlock?
    ) {
        endpoint = "http://\(name).invalid:26657"
        self.chainID = chainID
        state = NIOLockedValueBox(State(newest: newest, blocks: blocks))
    }

    /// Looks at it or changes it.
    func with<Value>(_ body: (inout State) throws -> Value) rethrows -> Value { try state.withLockedValue(body) }

    func close() async {}

    func post(
        _ body: [UInt8], call: String, deadline: Nanoseconds
    ) async throws(PlatformLinkError) -> [UInt8] {
        let mood = with { state in
            state.calls[call, default: 0] += 1
            state.bytesOut += body.count
            return state.mood
        }
        switch mood {
        case .silent: throw .deadlinePassed(call: call, after: deadline, received: 0)
        case .down: throw .unreachable(endpoint: endpoint, reason: "down")
        case .garbled: return Array("<html>502 Bad Gateway</html>".utf8)
        case .willing: break
        }
        do {
            let reply = try answer(FakeNode.request(body), body)
            with { $0.bytesIn += reply.count }
            return reply
        } catch {
            throw .replyMalformed(call: call, reason: "the chain node: \(error)")
        }
    }

    private func answer(_ request: FakeNode.Request, _ body: [UInt8]) throws -> [UInt8] {
        let (newest, earliest) = with { ($0.newest, $0.earliest) }
        switch request.method {
        case "status": return Array(Self.status(request.id, chainID, newest).utf8)
        case "commit":
            let height = request.parameters["height"] == nil ? newest : request.height
            guard height <= newest else {
                return FakeNode.failure(
                    request.id,
                    "height \(height) must be less than or equal to the current blockchain height \(newest)")
            }
            guard height >= earliest, let block = try block(height) else {
                return FakeNode.failure(request.id, "height \(height) is not available, lowest height is \(earliest)")
            }
            with { $0.fetched.append(height) }
            return try FakeNode.reply(
                request.id, CommitResult(signedHeader: block.signedHeader, canonical: height < newest))
        case "validators":
            guard request.height <= newest, request.height >= earliest, let block = try block(request.height) else {
                return FakeNode.failure(request.id, "could not find validator set for height #\(request.height)")
            }
            return try FakeNode.page(request, block.validators.validators)
        case "broadcast_evidence":
            guard with({ $0.takesEvidence }) else { return FakeNode.failure(request.id, "evidence is not valid") }
            with { $0.evidence.append(String(decoding: body, as: UTF8.self)) }
            return Array(#"{"jsonrpc":"2.0","id":\#(request.id),"result":{"hash":"qqo="}}"#.utf8)
        default: return FakeNode.failure(request.id, "no such call")
        }
    }

    private func block(_ height: Int64) throws -> LightBlock? { try with { $0.blocks }(height) }

    /// As long as CometBFT 0.38 writes it.
    private static func status(_ id: Int64, _ chainID: String, _ newest: Int64) -> String {
        let hash = String(repeating: "AB", count: 32)
        let address = String(repeating: "CD", count: 20)
        let node =
            #"{"protocol_version":{"p2p":"8","block":"11","app":"1"},"id":"\#(address)","#
            + #""listen_addr":"tcp://127.0.0.1:37501","network":"\#(chainID)","version":"0.38.25","#
            + #""channels":"402021222330386061","moniker":"vm","other":{"tx_index":"on","#
            + #""rpc_address":"tcp://127.0.0.1:37500"}}"#
        let sync =
            #"{"latest_block_hash":"\#(hash)","latest_app_hash":"\#(hash)","latest_block_height":"\#(newest)","#
            + #""latest_block_time":"2026-11-23T01:46:05.956585059Z","earliest_block_hash":"\#(hash)","#
            + #""earliest_app_hash":"","earliest_block_height":"1","#
            + #""earliest_block_time":"2026-11-23T01:45:13.629276786Z","catching_up":false}"#
        let validator =
            #"{"address":"\#(address)","pub_key":{"type":"tendermint/PubKeyEd25519","#
            + #""value":"Z2hSKnlIbhw9vbAGcUxl6BUFkan4QB+wXT/QJaaQrS8="},"voting_power":"10"}"#
        return #"{"jsonrpc":"2.0","id":\#(id),"result":{"node_info":\#(node),"sync_info":\#(sync),"#
            + #""validator_info":\#(validator)}}"#
    }
}
