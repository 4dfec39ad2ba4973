public import Quantities

/// How the kernel turns an RS-485 line around for a serial device whose driver can do it: by the level of RTS, and by how long
/// it holds that before the first bit and after the last (Linux, `TIOCSRS485`). Only the driver knows when the last bit has left;
/// a program that switches RTS itself is too late for a meter that answers at once.
public struct RS485: Equatable, Sendable, CustomStringConvertible {
    /// The level of RTS while this side sends; it has the other one while this side listens.
    public let rtsOnSend: Bool
    /// From the turn to the first bit; whole milliseconds.
    public let delayBeforeSend: Nanoseconds
    /// From the last bit to the turn back; whole milliseconds. A meter that answers sooner is not heard.
    public let delayAfterSend: Nanoseconds

    /// What a delay can be, in ms: the kernel allows no more (`RS485_MAX_RTS_DELAY`).
    public static let delays: ClosedRange<Int64> = 0...100

    /// Both delays must lie in `delays`; whoever reads them from a file checks that.
    public init(rtsOnSend: Bool, millisecondsBeforeSend: Int64 = 0, millisecondsAfterSend: Int64 = 0) {
        invariant(
            Self.delays.contains(millisecondsBeforeSend) && Self.delays.contains(millisecondsAfterSend),
            "a line turns around within 0 to 100 ms")
        self.rtsOnSend = rtsOnSend
        delayBeforeSend = .milliseconds(millisecondsBeforeSend)
        delayAfterSend = .milliseconds(millisecondsAfterSend)
    }

    /// By how much longer one request and its reply may take than their characters do.
    public var turning: Nanoseconds { delayBeforeSend + delayAfterSend }

    public var description: String {
        "RTS \(rtsOnSend ? "on" : "off") while sending, \(delayBeforeSend.wholeMilliseconds) ms before and "
            + "\(delayAfterSend.wholeMilliseconds) ms after it"
    }
}
