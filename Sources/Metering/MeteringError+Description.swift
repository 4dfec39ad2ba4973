internal import Glibc
internal import Quantities

extension MeteringError {
    /// One line: what was expected and what came.
    public var description: String {
        switch self {
        case .cannotOpen(let target, let number): "cannot open \(target): \(systemMessage(number))"
        case .occupied(let device): "\(device) is in use by another process"
        case .directionRefused(let device, let wanted, let number):
            "the driver of \(device) does not turn an RS-485 line around (asked for: \(wanted)): \(systemMessage(number))"
        case .directionDiffers(let device, let wanted, let found):
            "the driver of \(device) turns an RS-485 line around otherwise than asked: expected \(wanted), found \(found)"
        case .linkLost(let number): "the connection to the meter broke: \(systemMessage(number))"
        case .flooded: "the peer sends more than was asked for, without end"
        case .timeout(let limit): "no complete reply within \(limit.wholeMilliseconds) ms"
        case .overdue(let elapsed, let deadline):
            "a request took \(elapsed.wholeMilliseconds) ms, at most \(deadline.wholeMilliseconds) ms were allowed"
        case .checksum: "a reply with a wrong checksum"
        case .wrongReply(let kind): kind.rawValue
        case .exception(let code): "the meter answered exception \(code) (\(Self.name(ofException: code)))"
        case .tooFast(let elapsed, let minimum):
            "a reply after \(elapsed.wholeMicroseconds) us; the wire takes at least \(minimum.wholeMicroseconds) us"
        case .noRoom(let patience):
            "within \(patience.wholeMilliseconds) ms there was no room for a read between two polls of an open line"
        case .unsupportedLine(let baud, let format): "expected a serial line such as 9600 8N1, found \(baud) \(format)"
        case .unusableAddress(let text): text
        case .unitMissing(let profile): "the profile \(profile) states no unit number; one has to be given"
        case .lineMissing(let profile): "the profile \(profile) states no baud rate and format; they have to be given"
        case .noThread(let number): "the thread of the bus could not be started: \(systemMessage(number))"
        case .undecodable(let field, let fault): "\(field): \(fault)"
        case .wrongModel(let expected, let found):
            "expected model code \(expected.joined(separator: " or ")), the meter says \(found)"
        case .sunspec(let fault): fault.description
        case .guardFailed(let name, let expected, let found):
            "guard \(name): expected \(expected), the meter says \(found)"
        case .unconfirmed(let field, let first, let second, let most):
            "\(field) reads \(first.rawValue) mWh, and directly after it \(second.rawValue) mWh; "
                + "expected an increase of 0 to \(most.rawValue) mWh"
        case .implausible(let reason): reason.description
        }
    }

    private static func name(ofException code: UInt8) -> String {
        switch code {
        case 1: "illegal function"
        case 2: "illegal data address"
        case 3: "illegal data value"
        case 4: "device failure"
        case 5: "acknowledge"
        case 6: "device busy"
        case 8: "memory parity error"
        case 10: "gateway path unavailable"
        case 11: "gateway target does not answer"
        default: "unknown"
        }
    }
}

/// The system's text for an error number; reentrant, unlike `strerror`.
func systemMessage(_ number: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 128)
    guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
    let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return text.isEmpty ? "error \(number)" : text
}
