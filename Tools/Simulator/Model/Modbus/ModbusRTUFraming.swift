public import Quantities

/// Frames of Modbus RTU (Modbus over serial line V1.02, clause 2.5.1) as a server reads them.
///
/// A request ends with its last byte where its function tells its length, and with a silence otherwise. A frame with a
/// wrong CRC is dropped with everything up to the next silence, as a server must.
public struct ModbusRTUFraming: Sendable {
    /// One request.
    public struct Request: Equatable, Sendable {
        public let unit: UInt8
        public let pdu: [UInt8]
    }

    /// A silence of this much ends a frame. The rule is 3.5 characters (3.65 ms at 9600 baud); user space gets the
    /// bytes of one frame in chunks, so it waits a little longer.
    public static let silence = Nanoseconds.milliseconds(10)
    /// The longest frame.
    public static let longest = 256

    private var pending: [UInt8] = []
    private var isSkipping = false
    private var last = MonotonicInstant(nanoseconds: .min / 2)

    /// Nothing received yet.
    public init() {}

    /// Takes bytes as the line brings them and answers the requests that are complete.
    public mutating func receive(_ bytes: some Sequence<UInt8>, at now: MonotonicInstant) -> [Request] {
        var requests = settle(at: now).map { [$0] } ?? []
        last = now
        for byte in bytes {
            if isSkipping { continue }
            pending.append(byte)
            if let length = requestLength, pending.count == length {
                if let request = takeFrame() { requests.append(request) } else { isSkipping = true }
                pending = []
            } else if pending.count > Self.longest {
                isSkipping = true
                pending = []
            }
        }
        return requests
    }

    /// Ends a frame by silence: answers a request of an unknown length that is complete now.
    public mutating func settle(at now: MonotonicInstant) -> Request? {
        guard now - last >= Self.silence else { return nil }
        defer {
            pending = []
            isSkipping = false
        }
        return takeFrame()
    }

    /// The frame of a reply.
    public static func frame(_ pdu: [UInt8], unit: UInt8) -> [UInt8] {
        let body = [unit] + pdu
        let crc = ModbusChecksum.crc16(body)
        return body + [UInt8(crc & 0xFF), UInt8(crc >> 8)]
    }

    /// The length of the pending request where its function code tells it.
    private var requestLength: Int? {
        guard pending.count >= 2 else { return nil }
        switch pending[1] {
        case 1...6: return 8
        case 15, 16: return pending.count >= 7 ? 9 + Int(pending[6]) : nil
        default: return nil
        }
    }

    private func takeFrame() -> Request? {
        guard pending.count >= 4 else { return nil }
        let body = pending.dropLast(2)
        let crc = UInt16(pending[pending.count - 2]) | UInt16(pending[pending.count - 1]) << 8
        guard ModbusChecksum.crc16(body) == crc, let unit = body.first else { return nil }
        return Request(unit: unit, pdu: Array(body.dropFirst()))
    }
}
