import Foundation
import LedgerSamples
import LightClient
import PlatformLink
import Quantities
import Synchronization

/// A node in memory over a chain of any length, which counts what passes; its answers are as long as CometBFT's.
final class ModelNode: RPCTransport {
    /// What passed since it was counted last.
    struct Traffic: Sendable {
        var requests = 0
        var headers = 0
        /// Bytes of JSON both ways; HTTP adds about 250 a request.
        var bytes = 0
        /// What making the answers took, in nanoseconds of the processor.
        var making: Int64 = 0
    }

    private struct State {
        var newest: Int64 = 1
        var traffic = Traffic()
        /// Results that were made once, by call and height.
        var made: [String: String] = [:]
    }

    let endpoint = "http://model.invalid:26657"
    private let model: ModelChain
    private let keepsAnswers: Bool
    private let state = Mutex(State())

    /// - Parameter keepsAnswers: whether an answer that was made once is given again; else it is made each time.
    init(_ model: ModelChain, keepsAnswers: Bool) {
        self.model = model
        self.keepsAnswers = keepsAnswers
    }

    /// The chain's newest height from now on, and nothing counted.
    func begin(at newest: Int64) {
        state.withLock {
            $0.newest = newest
            $0.traffic = Traffic()
        }
    }

    var traffic: Traffic { state.withLock { $0.traffic } }

    func close() async {}

    func post(_ body: [UInt8], call: String, deadline: Nanoseconds) async throws(PlatformLinkError) -> [UInt8] {
        let start = Stopwatch.processor.now()
        do {
            let object = try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
            let parameters = (object?["params"] as? [String: Any] ?? [:]).mapValues { "\($0)" }
            let number = (object?["id"] as? NSNumber)?.int64Value ?? -1
            let result = try result(of: object?["method"] as? String ?? "", Int64(parameters["height"] ?? "") ?? 0)
            let reply = Array(#"{"jsonrpc":"2.0","id":\#(number),"result":\#(result)}"#.utf8)
            state.withLock {
                $0.traffic.requests += 1
                if call == "commit" { $0.traffic.headers += 1 }
                $0.traffic.bytes += body.count + reply.count
                $0.traffic.making += Stopwatch.processor.now() - start
            }
            return reply
        } catch {
            throw .replyMalformed(call: call, reason: "the model node: \(error)")
        }
    }

    private func result(of method: String, _ height: Int64) throws -> String {
        if method == "status" { return Self.status(model.chainID, state.withLock { $0.newest }) }
        let name = "\(method) \(height)"
        if let made = state.withLock({ $0.made[name] }) { return made }
        let block = try model.block(at: height)
        let bytes: [UInt8]
        if method == "commit" {
            bytes = try RPCJSON.encode(CommitResult(signedHeader: block.signedHeader, canonical: true))
        } else {
            let members = block.validators.validators
            bytes = try RPCJSON.encode(
                ValidatorsResult(blockHeight: height, validators: members, total: Int64(members.count)))
        }
        let text = String(decoding: bytes, as: UTF8.self)
        if keepsAnswers { state.withLock { $0.made[name] = text } }
        return text
    }

    private static func status(_ chainID: String, _ newest: Int64) -> String {
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
        return #"{"node_info":\#(node),"sync_info":\#(sync),"validator_info":\#(validator)}"#
    }
}
