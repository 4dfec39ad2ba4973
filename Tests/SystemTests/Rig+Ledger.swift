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

    /// Waits until no transaction has waited at the node for a second: the sender is gone, and what it had sent arrives at once
    /// or never.
    func emptyMempool() async throws {
        var emptyLooks = 0
        let deadline = ContinuousClock.now + .seconds(60)
        while emptyLooks < 10 {
            guard ContinuousClock.now < deadline else { throw RigError.late("transactions still wait at the node") }
            let waiting = try string("result.total", in: await rpc("num_unconfirmed_txs"))
            emptyLooks = waiting == "0" ? emptyLooks + 1 : 0
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func rpc(_ call: String) async throws -> [String: Any] {
        let (data, _) = try await URLSession.shared.data(from: try #require(URL(string: "\(nodeURL)/\(call)")))
        return try Self.object(String(decoding: data, as: UTF8.self))
    }

    /// What the node's state holds under a key, as its RPC answers it.
    func stateValue(_ key: String) async throws -> [UInt8]? {
        let answer = try await rpc("abci_query?path=%22/key%22&data=0x\(Hexadecimal.encode(Array(key.utf8)))")
        let response = try #require((answer["result"] as? [String: Any])?["response"] as? [String: Any], "\(answer)")
        guard let text = response["value"] as? String, !text.isEmpty else { return nil }
        return [UInt8](try #require(Data(base64Encoded: text)))
    }
}
