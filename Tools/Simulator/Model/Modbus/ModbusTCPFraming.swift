/// Frames of Modbus TCP (Messaging on TCP/IP V1.0b, clause 3.1.3): transaction, protocol 0, length, unit, then the
/// protocol data unit.
public struct ModbusTCPFraming: Sendable {
    /// One request.
    public struct Request: Equatable, Sendable {
        public let transaction: UInt16
        public let unit: UInt8
        public let pdu: [UInt8]
    }

    private var pending: [UInt8] = []

    /// Nothing received yet.
    public init() {}

    /// Takes bytes as the stream brings them and answers the requests that are complete, or `nil` where the stream is
    /// not Modbus: the connection must be closed, since its framing is lost.
    public mutating func receive(_ bytes: some Sequence<UInt8>) -> [Request]? {
        pending += bytes
        var requests: [Request] = []
        while pending.count >= 6 {
            let length = Int(pending[4]) << 8 | Int(pending[5])
            // Unit and function code at the least; a protocol data unit has at most 253 bytes.
            guard pending[2] == 0, pending[3] == 0, length >= 2, length <= 254 else { return nil }
            guard pending.count >= 6 + length else { break }
            requests.append(
                Request(
                    transaction: UInt16(pending[0]) << 8 | UInt16(pending[1]), unit: pending[6],
                    pdu: Array(pending[7..<(6 + length)])))
            pending.removeFirst(6 + length)
        }
        return requests
    }

    /// The frame of a reply.
    public static func frame(_ pdu: [UInt8], unit: UInt8, transaction: UInt16) -> [UInt8] {
        let length = pdu.count + 1
        return [
            UInt8(transaction >> 8), UInt8(transaction & 0xFF), 0, 0, UInt8(length >> 8), UInt8(length & 0xFF), unit,
        ] + pdu
    }
}
