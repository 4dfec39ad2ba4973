/// What a node said to a transaction. None of these is an acknowledgement: only a proof over state is.
public enum BroadcastOutcome: Sendable, Equatable {
    /// It passed the node's check and waits for a block.
    case taken
    /// The node has seen it before: it waits for a block, or stands in one.
    case seenBefore
    /// The node's check refused it.
    case refused(code: UInt32, log: String)
}

/// The members of /broadcast_tx_sync's result that are used.
struct BroadcastResult: Decodable, Sendable {
    let code: UInt32
    let log: String
}
