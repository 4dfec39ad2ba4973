public import Quantities

/// Why a meter could not be reached, or why what it said was not accepted.
public enum MeteringError: Error, Equatable, Sendable, CustomStringConvertible {
    // The line.
    /// The line could not be opened; `errno` says why.
    case cannotOpen(target: String, errno: Int32)
    /// Another process holds the serial device.
    case occupied(device: String)
    /// The driver of the serial device does not turn an RS-485 line around; `errno` says why.
    case directionRefused(device: String, wanted: RS485, errno: Int32)
    /// The driver turns the line around otherwise than it was asked to: nothing would be heard on it.
    case directionDiffers(device: String, wanted: RS485, found: String)
    /// The connection broke, or the serial device vanished.
    case linkLost(errno: Int32)
    /// A peer sends more than can be drained.
    case flooded
    /// No complete reply within the time.
    case timeout(after: Nanoseconds)
    /// A call took far longer than its timeout allows.
    case overdue(elapsed: Nanoseconds, deadline: Nanoseconds)
    /// A wrong checksum.
    case checksum
    /// A reply to another request, from another unit, or out of shape.
    case wrongReply(WrongReply)
    /// The meter answered with one of the protocol's exceptions (Modbus application protocol 1.1b3, section 7).
    case exception(code: UInt8)
    /// A reply that arrived before the wire can have carried request and reply: it answers an earlier request.
    case tooFast(elapsed: Nanoseconds, minimum: Nanoseconds)

    /// Between two polls was no room for a read that somebody asked for.
    case noRoom(within: Nanoseconds)

    // The configuration.
    /// A serial line that libmodbus cannot set.
    case unsupportedLine(baud: Int, format: String)
    /// A host name, port, device or unit that cannot be used.
    case unusableAddress(String)
    /// Neither the profile nor the configuration states the meter's unit number.
    case unitMissing(profile: String)
    /// Neither the profile nor the configuration states the serial line's rate and format.
    case lineMissing(profile: String)
    /// The thread of the bus could not be started.
    case noThread(errno: Int32)

    // What the meter said.
    /// Words that do not decode to a value of the field.
    case undecodable(field: String, DecodingFault)
    /// Another model than the profile is made for.
    case wrongModel(expected: [String], found: String)
    /// The device has no such SunSpec models as the profile describes.
    case sunspec(SunSpecFault)
    /// A setting that changes the meaning of the energy register is not as the profile demands.
    case guardFailed(name: String, expected: String, found: String)
    /// The second read of an energy register contradicts the first.
    case unconfirmed(field: String, first: MilliwattHours, second: MilliwattHours, atMost: MilliwattHours)
    /// The energy cannot be true.
    case implausible(Implausibility)

    /// Replies that do not belong to the request.
    public enum WrongReply: String, Equatable, Sendable {
        case shape = "a reply of another shape or transaction"
        case unit = "a reply from another unit"
        case exceptionCode = "an exception that the protocol does not have"
        case length = "more registers than were asked for"
    }

    /// Words that never stand still have done so: no doubt about one reading, but about the meter.
    var isFreeze: Bool { if case .implausible(.frozen) = self { true } else { false } }

    /// Whether the connection is of no use any more and must be made anew.
    public var breaksTheLink: Bool {
        switch self {
        case .cannotOpen, .occupied, .directionRefused, .directionDiffers, .linkLost, .flooded, .overdue,
            .unsupportedLine, .unusableAddress,
            .unitMissing, .lineMissing, .noThread:
            true
        case .timeout, .checksum, .wrongReply, .exception, .tooFast, .noRoom, .undecodable, .wrongModel, .sunspec,
            .guardFailed,
            .unconfirmed, .implausible:
            false
        }
    }
}
