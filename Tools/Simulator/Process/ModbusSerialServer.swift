import Glibc
import Quantities
import Simulator

/// The meter behind Modbus RTU on a pseudo-terminal, with the pace of a real line.
///
/// A pseudo-terminal knows no baud rate, so the server waits as long as the request would have taken on the wire, then
/// the meter's own turnaround, and lets the reply's bytes out one by one.
final class ModbusSerialServer {
    private let terminal: PseudoTerminal
    private let unit: UInt8
    private let characterTime: Nanoseconds
    private var framing = ModbusRTUFraming()
    private var replies = ReplyQueue()
    private(set) var requests: Int64 = 0

    /// From a request's last byte to a reply's first.
    static let turnaround = Nanoseconds.milliseconds(20)

    init(link: String, unit: UInt8, model: MeterModel, baud: Int64) throws(ProcessError) {
        terminal = try PseudoTerminal(link: link)
        self.unit = unit
        characterTime = Nanoseconds(1_000_000_000 * model.line.bitsPerCharacter / baud)
    }

    var descriptors: [Int32] { [terminal.master] }

    func service(_ meter: inout EnergyMeter, now: MonotonicInstant) {
        if let request = framing.settle(at: now) { answer(request, &meter, now: now) }
        if case .bytes(let bytes) = receive(terminal.master) {
            for request in framing.receive(bytes, at: now) { answer(request, &meter, now: now) }
        }
        let bytes = replies.take(now: now)
        if !bytes.isEmpty { _ = write(terminal.master, bytes, bytes.count) }
    }

    func shut() { terminal.shut() }

    private func answer(_ request: ModbusRTUFraming.Request, _ meter: inout EnergyMeter, now: MonotonicInstant) {
        // Every unit hears every request and only its own is answered; unit 0 is a broadcast, which nobody answers.
        guard request.unit == unit else { return }
        requests += 1
        guard let reply = meter.reply(to: request.pdu) else { return }
        var frame = ModbusRTUFraming.frame(reply.pdu, unit: unit)
        if reply.isDamaged { frame[frame.count - 1] ^= 0xFF }
        if reply.isTruncated { frame.removeLast(min(3, frame.count)) }
        let requestTime = Nanoseconds(characterTime.rawValue * Int64(request.pdu.count + 3))
        let start = max(now + requestTime + Self.turnaround + reply.delay, replies.end ?? now)
        replies.add(reply.isDuplicated ? frame + frame : frame, start: start, pace: characterTime)
    }
}
