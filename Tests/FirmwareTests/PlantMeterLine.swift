import Quantities

@testable import Metering
@testable import Simulator

/// The line to a plant's meter in virtual time: what it reads is what the meter shows when the request goes out.
final class PlantMeterLine: ModbusTransport {
    /// When the last call returned.
    var now: MonotonicInstant
    /// Nobody answers.
    var isDead = false
    /// Every register reads as if the meter had counted far more.
    var isLying = false
    private let board: VirtualBoard
    private static let replyTime = Nanoseconds.milliseconds(40)

    init(_ board: VirtualBoard, at now: MonotonicInstant) {
        self.board = board
        self.now = now
    }

    func connect(timeout: Nanoseconds) throws(MeteringError) -> SerialLine? { nil }
    func flush() throws(MeteringError) {}
    func close() {}

    func read(_ request: RegisterRequest, unit: UInt8, timeout: Nanoseconds) throws(MeteringError) -> [UInt16] {
        var pdu = [request.functionCode]
        for word in [request.address, UInt16(request.count)] { pdu += [UInt8(word >> 8), UInt8(word & 0xFF)] }
        let reply = isDead ? nil : board.plant { [pdu] in $0.meter.reply(to: pdu) }
        guard let bytes = reply?.pdu else {
            now = now + timeout
            throw .timeout(after: timeout)
        }
        now = now + Self.replyTime
        guard bytes[0] == request.functionCode else { throw .exception(code: bytes[1]) }
        let words = stride(from: 2, to: bytes.count, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        return isLying ? words.map { $0 | 0x0400 } : words
    }
}
