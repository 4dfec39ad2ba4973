public import Quantities

/// A meter's answer to one request, with what goes wrong on its way.
public struct MeterReply: Equatable, Sendable {
    /// The protocol data unit: function code and data, without address or checksum.
    public var pdu: [UInt8]
    /// How much later than usual it comes.
    public var delay = Nanoseconds.zero
    /// The CRC or the transaction number is wrong.
    public var isDamaged = false
    /// The last three bytes are missing.
    public var isTruncated = false
    /// It comes twice.
    public var isDuplicated = false
}

extension EnergyMeter {
    /// Answers a request; `nil` where the reply is dropped.
    public mutating func reply(to request: [UInt8]) -> MeterReply? {
        if faults.dropped.take() { return nil }
        var face = face
        if faults.missingEnergy.take() { face.isEnergyMissing = true }
        var reply = MeterReply(pdu: ModbusServer(model: model, serial: serial, face: face).answer(request))
        if faults.exception.count.take() { reply.pdu = [(request.first ?? 0) | 0x80, faults.exception.code] }
        if faults.late.count.take() { reply.delay = faults.late.by }
        reply.isDamaged = faults.damaged.take()
        reply.isTruncated = faults.truncated.take()
        reply.isDuplicated = faults.duplicated.take()
        return reply
    }
}
