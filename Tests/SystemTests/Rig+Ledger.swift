import Foundation
import FoundationNetworking
import SignedRecords
import Testing

// What the ledger is asked for, past the device.
extension Rig {
    var nodeLog: String {
        (try? String(contentsOf: folder.appendingPathComponent("node.log"), encoding: .utf8)) ?? ""
    }

    /// Waits until the ledger has every record.
    func acknowledged() async throws {
        try await wait("the acknowledgement of every record", seconds: 60) {
            guard let now = try? self.status() else { return false }
            let total = try integer("records.total", in: now)
            return try total > 0 && integer("records.acknowledged_total", in: now) == total
        }
    }

    /// What the node's state holds under a key, as its RPC answers it.
    func stateValue(_ key: String) async throws -> [UInt8]? {
        let address = "\(nodeURL)/abci_query?path=%22/key%22&data=0x\(Hexadecimal.encode(Array(key.utf8)))"
        let (data, _) = try await URLSession.shared.data(from: try #require(URL(string: address)))
        let answer = try Self.object(String(decoding: data, as: UTF8.self))
        let response = try #require((answer["result"] as? [String: Any])?["response"] as? [String: Any], "\(answer)")
        guard let text = response["value"] as? String, !text.isEmpty else { return nil }
        return [UInt8](try #require(Data(base64Encoded: text)))
    }
}
