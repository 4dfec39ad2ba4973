import LightClient

/// A reply with the number of the request that it answers. CometBFT repeats the number; a GET-style reply carries −1.
struct IdentifiedReply<Result: Decodable & Sendable>: Decodable, Sendable {
    let id: Int64?
    let outcome: RPCReply<Result>.Outcome

    private enum Keys: String, CodingKey {
        case id
    }

    init(from decoder: any Decoder) throws {
        id = try decoder.container(keyedBy: Keys.self).decodeIfPresent(Int64.self, forKey: .id)
        outcome = try RPCReply<Result>(from: decoder).outcome
    }
}
