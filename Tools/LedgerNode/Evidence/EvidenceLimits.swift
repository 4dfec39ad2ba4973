internal import LightClient

/// How much evidence a node holds, and a block carries.
enum EvidenceLimits {
    /// `evidence.max_bytes` of genesis.
    static let maximumBytes = 1_048_576
    /// The most pieces that wait for a block; more are refused.
    static let maximumPending = 100

    /// The first pieces that fit into a block.
    static func fitting(_ evidence: [Evidence]) -> [Evidence] {
        var room = maximumBytes
        return Array(
            evidence.prefix { piece in
                // Its field in the list: a tag and a length of at most four bytes.
                room -= piece.wrapped.count + 5
                return room >= 0
            })
    }
}
