import Foundation
import LightClient
import NIOConcurrencyHelpers
import PlatformLink
import Quantities

/// Stands between a device and a real node, on real sockets, and changes what it is told to change.
final class LyingProxy: Sendable {
    /// Changes the node's reply to a request; nil leaves it.
    typealias Lie = @Sendable (FakeNode.Request, _ reply: [UInt8], _ ask: Ask) async throws -> [UInt8]?
    /// Asks the node something else on the way.
    typealias Ask = @Sendable (_ body: String) async throws -> [UInt8]

    private let lie = NIOLockedValueBox<Lie?>(nil)
    private let upstream: NIOLockedValueBox<HTTPTransport>
    private let server: LocalHTTPServer

    var address: String { server.address }

    init(upstream address: String) async throws {
        let lie = lie
        let upstream = NIOLockedValueBox(try HTTPTransport(RPCEndpoint(address)))
        self.upstream = upstream
        server = try await LocalHTTPServer { _, body in
            let transport = upstream.withLockedValue { $0 }
            do {
                let reply = try await transport.post(body, call: "proxied", deadline: .seconds(60))
                let request = try FakeNode.request(body)
                let changed = try await lie.withLockedValue { $0 }?(request, reply) { text in
                    try await transport.post(Array(text.utf8), call: "proxied", deadline: .seconds(60))
                }
                return .body(changed ?? reply)
            } catch {
                // The node cannot be reached: neither can the proxy.
                return .hangUp
            }
        }
    }

    func tell(_ lie: Lie?) {
        self.lie.withLockedValue { $0 = lie }
    }

    func forward(to address: String) throws {
        let transport = try HTTPTransport(RPCEndpoint(address))
        upstream.withLockedValue { $0 = transport }
    }

    func stop() async throws {
        await upstream.withLockedValue { $0 }.close()
        try await server.stop()
    }

    /// A reply's result, taken apart to be changed.
    static func result<Result: Decodable & Sendable>(_ reply: [UInt8], as type: Result.Type) throws -> Result? {
        guard case .result(let result) = try RPCJSON.decode(RPCReply<Result>.self, from: reply).outcome else {
            return nil
        }
        return result
    }

    /// The text of a state query.
    static func query(_ key: [UInt8], height: Int64) -> String {
        #"{"jsonrpc":"2.0","id":1,"method":"abci_query","params":{"path":"/key","#
            + #""data":"\#(Hex.encode(key))","height":"\#(height)","prove":true}}"#
    }
}
