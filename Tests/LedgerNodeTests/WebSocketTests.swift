import ChargerSamples
import Foundation
import Ledger
import LightClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Quantities
import SignedRecords
import Testing

@testable import LedgerNode

/// `/websocket` of a running node, in CometBFT's shapes.
@Suite("WebSocket of a node")
struct WebSocketTests {
    private let home: TemporaryHome

    init() throws { home = try TemporaryHome() }

    /// A connection: text frames in, text frames out.
    private typealias Socket = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    private func open(_ port: Int, path: String = "/websocket") async throws -> Socket? {
        let upgrade = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let upgrader = NIOTypedWebSocketClientUpgrader<Socket?>(maxFrameSize: 1 << 22) { channel, _ in
                        channel.eventLoop.makeCompletedFuture {
                            try Socket(wrappingChannelSynchronously: channel)
                        }
                    }
                    var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path)
                    head.headers.add(name: "Host", value: "localhost")
                    let configuration = NIOTypedHTTPClientUpgradeConfiguration<Socket?>(
                        upgradeRequestHead: head, upgraders: [upgrader]
                    ) { channel in channel.close().map { nil } }
                    return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
                        configuration: NIOUpgradableHTTPClientPipelineConfiguration(
                            upgradeConfiguration: configuration))
                }
            }
        return try await upgrade.get()
    }

    private static func frame(_ text: String) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: .text, maskKey: .random(), data: ByteBuffer(string: text))
    }

    private static func call(_ id: Int, _ method: String, _ query: String? = nil) -> WebSocketFrame {
        let parameters = query.map { "{\"query\":\"\($0)\"}" } ?? "{}"
        return frame(#"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":\#(parameters)}"#)
    }

    private static func object(_ frame: WebSocketFrame) throws -> [String: Any] {
        let bytes = [UInt8](frame.unmaskedData.readableBytesView)
        return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    private static func transfer(_ nonce: UInt64) throws -> [UInt8] {
        try SignedTransaction.sign(
            .transfer(to: AccountID(hashing: [1]), amount: Microunits(5)), nonce: nonce,
            key: try SampleCharger.key("payer"), ledger: try LedgerChainID("wattseal-test")
        ).bytes
    }

    @Test("tells subscribers of each block with the number of their subscription, and answers other calls beside it")
    func subscription() async throws {
        let node = try await LedgerNode.start(try home.configuration(interval: 20, validators: 4))
        let socket = try #require(try await open(node.port))
        try await socket.executeThenClose { inbound, outbound in
            var frames = inbound.makeAsyncIterator()
            func next() async throws -> [String: Any] { try Self.object(#require(try await frames.next())) }
            let query = "tm.event='NewBlock'"
            try await outbound.write(Self.call(7, "subscribe", query))
            var reply = try await next()
            #expect((reply["result"] as? [String: Any])?.isEmpty == true && reply["id"] as? Int == 7)
            try await outbound.write(Self.call(8, "subscribe", query))
            reply = try await next()
            #expect((reply["error"] as? [String: Any])?["data"] as? String == "already subscribed")
            try await outbound.write(Self.call(9, "subscribe", "tm.event='Tx'"))
            reply = try await next()
            #expect((reply["error"] as? [String: Any])?["code"] as? Int == -32_603)
            try await outbound.write(Self.call(10, "health"))
            reply = try await next()
            #expect(reply["id"] as? Int == 10 && reply["result"] != nil)

            let receipt = try await Wallet(rpc: node.url).send(try Self.transfer(0))
            var size = 0
            while true {
                let frame = try #require(try await frames.next())
                let event = try Self.object(frame)
                let result = try #require(event["result"] as? [String: Any], "\(event)")
                let data = try #require(result["data"] as? [String: Any])
                #expect(event["id"] as? Int == 7 && result["query"] as? String == query)
                #expect(data["type"] as? String == "tendermint/event/NewBlock")
                let block = try #require((data["value"] as? [String: Any])?["block"] as? [String: Any])
                let header = try #require(block["header"] as? [String: Any])
                #expect((result["events"] as? [String: Any])?["tm.event"] as? [String] == ["NewBlock"])
                size = max(size, frame.unmaskedData.readableBytes)
                if header["height"] as? String == "\(receipt.height + 1)" { break }
            }
            // docs/light-client.md, "What it costs".
            #expect(size <= 3_000)
            try await outbound.write(Self.call(11, "unsubscribe", query))
            reply = try await next()
            while reply["id"] as? Int != 11 { reply = try await next() }
            #expect((reply["result"] as? [String: Any])?.isEmpty == true)
            try await outbound.write(Self.call(12, "unsubscribe", query))
            reply = try await next()
            #expect((reply["error"] as? [String: Any])?["data"] as? String == "subscription not found")
        }
        // HTTP goes on as before, and no other path is taken over.
        #expect((try? await open(node.port, path: "/status")) == nil)
        #expect(try await RawHTTP(port: node.port).get("/health").status == 200)
        await node.stop()
    }
}
