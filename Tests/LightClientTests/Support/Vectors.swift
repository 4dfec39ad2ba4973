import Foundation
import LightClient
import Testing

/// The recorded and generated files under Tests/Vectors/cometbft.
enum Vectors {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Vectors/cometbft")

    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: path)))
    }

    /// A file of our own making, read by Foundation.
    static func table<Row: Decodable>(_ type: Row.Type, _ path: String) throws -> Row {
        try JSONDecoder().decode(type, from: Data(try bytes(path)))
    }

    /// The result of a recorded RPC reply.
    static func result<Result: Decodable & Sendable>(_ type: Result.Type, _ path: String) throws -> Result {
        guard case .result(let result) = try RPCJSON.decode(RPCReply<Result>.self, from: try bytes(path)).outcome
        else { throw LightClientError.unexpectedJSON(path: path, reason: "is an error") }
        return result
    }

    static func numbered(_ name: String, _ height: Int) -> String {
        name + "-" + String(repeating: "0", count: max(0, 3 - String(height).count)) + "\(height).json"
    }

    static func signedHeader(_ chain: String, _ height: Int) throws -> SignedHeader {
        try #require(try result(CommitResult.self, chain + "/" + numbered("commit", height)).signedHeader)
    }

    static func validators(_ chain: String, _ height: Int) throws -> ValidatorSet {
        try ValidatorSet(try result(ValidatorsResult.self, chain + "/" + numbered("validators", height)).validators)
    }

    static func lightBlock(_ chain: String, _ height: Int) throws -> LightBlock {
        LightBlock(signedHeader: try signedHeader(chain, height), validators: try validators(chain, height))
    }

    static func names(_ folder: String, prefix: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: self.folder.appending(path: folder).path)
            .filter { $0.hasPrefix(prefix) }.sorted()
    }
}

/// The result of /block.
struct BlockReply: Decodable, Sendable {
    let block: Block
    let blockID: BlockID

    private enum CodingKeys: String, CodingKey {
        case block
        case blockID = "block_id"
    }
}

/// A generator whose seed is printed by the test that uses it (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
    }
}

/// The error that `body` throws.
func refusal(_ body: () throws -> Void) -> LightClientError? {
    do {
        try body()
        return nil
    } catch {
        return error as? LightClientError
    }
}
