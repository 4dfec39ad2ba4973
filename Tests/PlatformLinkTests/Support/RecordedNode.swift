import Foundation
import LightClient
import NIOConcurrencyHelpers
import PlatformLink
import Quantities

/// Answers with what a real CometBFT network answered (Tests/Vectors/cometbft), as it is or as another version says it.
struct RecordedNode: RPCTransport {
    let endpoint = "http://recorded.invalid"
    /// The folder of recordings: `main4`, `v0.37`.
    let chain: String
    /// The newest height that the node tells; nil leaves the recorded one.
    var latest: Int64?
    /// The files of calls that carry no height.
    var files: [String: String] = [:]
    /// Changes the recorded text of a call to what another version would write.
    var rewrite: @Sendable (_ call: String, _ text: String) throws -> String = { $1 }

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Vectors/cometbft")

    func post(
        _ body: [UInt8], call: String, deadline: Nanoseconds
    ) async throws(PlatformLinkError) -> [UInt8] {
        do {
            let request = try FakeNode.request(body)
            let padded = String(repeating: "0", count: max(0, 3 - "\(request.height)".count)) + "\(request.height)"
            let name = files[request.method] ?? "\(request.method)-\(padded).json"
            let file = Self.folder.appending(path: "\(chain)/\(name)")
            var text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
                .replacing("\"id\":-1", with: "\"id\":\(request.id)")
            if let latest, request.method == "status" {
                text.replace(
                    /"latest_block_height":"[0-9]+"/, with: "\"latest_block_height\":\"\(latest)\"")
            }
            return Array(try rewrite(request.method, text).utf8)
        } catch {
            throw .unreachable(endpoint: endpoint, reason: "\(error)")
        }
    }

    func close() async {}
}
