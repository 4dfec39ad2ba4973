/// What /status says. Hints only: nothing here is proved.
public struct NodeStatus: Sendable, Equatable {
    /// The chain that the node follows.
    public let chainID: String
    /// Its newest height.
    public let latestHeight: Int64
    /// Whether it is still fetching old blocks.
    public let isCatchingUp: Bool

    /// A status from its parts.
    public init(chainID: String, latestHeight: Int64, isCatchingUp: Bool) {
        self.chainID = chainID
        self.latestHeight = latestHeight
        self.isCatchingUp = isCatchingUp
    }
}

extension NodeStatus: Decodable {
    private enum Keys: String, CodingKey {
        case nodeInfo = "node_info"
        case syncInfo = "sync_info"
        case network
        case latestHeight = "latest_block_height"
        case catchingUp = "catching_up"
    }

    /// Reads the members that are used and leaves the rest unread.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Keys.self)
        let node = try values.nestedContainer(keyedBy: Keys.self, forKey: .nodeInfo)
        let sync = try values.nestedContainer(keyedBy: Keys.self, forKey: .syncInfo)
        chainID = try node.decode(String.self, forKey: .network)
        let height = try sync.decode(String.self, forKey: .latestHeight)
        guard let number = Int64(height), number >= 0, String(number) == height else {
            throw DecodingError.dataCorruptedError(
                forKey: .latestHeight, in: sync, debugDescription: "\(height.prefix(32)) is not a height")
        }
        latestHeight = number
        isCatchingUp = try sync.decode(Bool.self, forKey: .catchingUp)
    }
}
