import Foundation
import LightClient
import Testing

@testable import LedgerNode

/// The rotation of proposers, against a recorded CometBFT network: its priorities and proposers at each height.
@Suite("Validator rotation")
struct ValidatorRotationTests {
    /// Of /block_results: the validators that the block changed, as Go writes its oneof.
    private struct Updates: Decodable, Sendable {
        struct Update: Decodable, Sendable {
            struct Sum: Decodable, Sendable { let value: [String: String] }
            let publicKey: [String: Sum]
            let power: String?

            private enum CodingKeys: String, CodingKey {
                case power
                case publicKey = "pub_key"
            }
        }
        let updates: [Update]?

        private enum CodingKeys: String, CodingKey { case updates = "validator_updates" }
    }

    private static func recorded<Value: Decodable & Sendable>(
        _ call: String, _ height: Int, as type: Value.Type
    ) throws -> Value {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let number = String(repeating: "0", count: 3 - String(height).count) + String(height)
        let file = folder.appendingPathComponent("Vectors/cometbft/main4/\(call)-\(number).json")
        let reply = try RPCJSON.decode(RPCReply<Value>.self, from: [UInt8](try Data(contentsOf: file)))
        guard case .result(let value) = reply.outcome else { throw LightClientError.emptyValidatorSet }
        return value
    }

    private func updates(_ height: Int) throws -> [ABCI.ValidatorUpdate] {
        try (Self.recorded("block_results", height, as: Updates.self).updates ?? []).map { update in
            let key = try Base64.decode(try #require(update.publicKey["Sum"]?.value["ed25519"]))
            return ABCI.ValidatorUpdate(publicKey: .ed25519(key), power: Int64(update.power ?? "0") ?? 0)
        }
    }

    @Test("gives the recorded network's sets, priorities and proposers at heights 1 to 40")
    func recordedNetwork() throws {
        let first = try Self.recorded("validators", 1, as: ValidatorsResult.self).validators
        let members = try first.map { try Validator(publicKey: $0.publicKey, power: $0.power) }
        var now = try ValidatorRotation(genesis: try ValidatorSet(members))
        var next = try now.next()
        var (changes, rounds) = (0, 0)
        for height in 1...40 {
            let expected = try Self.recorded("validators", height, as: ValidatorsResult.self).validators
            #expect(now.set.validators == expected, "height \(height)")
            let header = try #require(try Self.recorded("commit", height, as: CommitResult.self).signedHeader)
            // The block was proposed in the round in which it was decided, or in an earlier one.
            let proposers = try (0...header.commit.round).map { try now.proposer(inRound: $0) }
            #expect(proposers.contains { $0 == header.header.proposerAddress }, "height \(height)")
            rounds += header.commit.round > 0 ? 1 : 0
            let updates = try updates(height)
            changes += updates.count
            (now, next) = (next, try next.next(updates))
        }
        #expect(changes >= 4, "the recording changes its validators")
        print("recorded network: \(changes) changes, \(rounds) heights decided in a later round")
    }

    @Test("refuses what CometBFT stops at")
    func refusals() throws {
        func key(_ byte: UInt8) -> PublicKey { .ed25519([UInt8](repeating: byte, count: 32)) }
        let set = try ValidatorSet([1, 2, 3].map { try Validator(publicKey: key($0), power: 10) })
        let rotation = try ValidatorRotation(genesis: set)
        let refused: [[(UInt8, Int64)]] = [
            [(9, 0)], [(1, 0), (2, 0), (3, 0)], [(1, 5), (1, 6)], [(4, ValidatorSet.maxTotalPower)], [(4, -1)],
        ]
        for changes in refused {
            #expect(throws: LightClientError.self, "\(changes)") {
                try rotation.next(changes.map { ABCI.ValidatorUpdate(publicKey: key($0.0), power: $0.1) })
            }
        }
        let swapped = try rotation.next([
            .init(publicKey: key(1), power: 0), .init(publicKey: key(4), power: 7), .init(publicKey: key(2), power: 11),
        ])
        #expect(swapped.set.validators.map(\.power) == [11, 10, 7])
    }

    @Test("each proposes as often as its power says")
    func fairness() throws {
        let powers: [Int64] = [1, 2, 3, 10]
        let members = try powers.enumerated().map {
            try Validator(publicKey: .ed25519([UInt8](repeating: UInt8($0), count: 32)), power: $1)
        }
        var rotation = try ValidatorRotation(genesis: try ValidatorSet(members))
        var turns: [Address: Int64] = [:]
        for _ in 0..<160 {
            turns[rotation.proposer, default: 0] += 1
            rotation = try rotation.next()
        }
        for member in members { #expect(turns[member.address] == member.power * 10) }
    }
}
