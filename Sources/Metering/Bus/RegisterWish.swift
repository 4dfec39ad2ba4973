public import Quantities
internal import Synchronization

/// A read that somebody asked for: it belongs to no reading of the meter.
struct RegisterWish: Equatable, Sendable {
    let meter: Int
    let request: RegisterRequest
    /// Another unit of the line; nil is the meter itself.
    var unit: UInt8?
    /// Whether a poll may be late for it while no contactor behind the line's meters is closed.
    var mayDelay = false
}

/// What a read of registers brought.
public struct RegisterReadout: Equatable, Sendable {
    public let unit: UInt8
    public let words: [UInt16]
    /// From the request to the whole reply.
    public let elapsed: Nanoseconds
}

/// A wish, and whoever waits for its end.
final class WaitingWish: Sendable {
    let wish: RegisterWish
    let bell: Bell
    private let state = Mutex<Result<BlockReply, MeteringError>?>(nil)

    init(_ wish: RegisterWish, bell: Bell) {
        self.wish = wish
        self.bell = bell
    }

    var result: Result<BlockReply, MeteringError>? { state.withLock { $0 } }

    func set(_ result: Result<BlockReply, MeteringError>) {
        state.withLock { $0 = result }
        bell.ring()
    }
}
