import Quantities

@testable import Metering

/// One reply of a history, as the bus was given it.
struct FuzzReply {
    let words: [UInt16]
    let sent: MonotonicInstant
    let received: MonotonicInstant
    let mutation: ReplyMutation?
    /// Whether it holds one of the two reads of the energy.
    let isOfEnergy: Bool
}
