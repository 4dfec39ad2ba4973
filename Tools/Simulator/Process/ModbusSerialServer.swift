import Glibc
import Quantities
import Simulator

/// The meters behind Modbus RTU on a pseudo-terminal, with the pace of a real line.
///
/// A pseudo-terminal knows no baud rate, so the server waits as long as the request would have taken on the wire, then
/// the meter's own turnaround, and lets the reply's bytes out one by one.
final class ModbusSerialServer {
    private let terminal: PseudoTerminal
    private let characterTime: Nanoseconds
    private var framing = ModbusRTUFraming()
    private var replies = ReplyQueue()
    private(set) var requests: Int64 = 0

    /// From a request's last byte to a reply's first.
    static let turnaround = Nanoseconds.milliseconds(20)

    init(link: String, model: MeterModel, baud: Int64) throws(ProcessError) {
        terminal = try PseudoTerminal(link: link)
        characterTime = Nanoseconds(1_000_000_000 * model.line.bitsPerCharacter / baud)
    }

    var descriptors: [Int32] { [terminal.master] }

    func service(now: MonotonicInstant, _ units: ModbusTCPServer.Units) {
        if let request = framing.settle(at: now) { answer(request, units, now: now) }
        if case .bytes(let bytes) = receive(terminal.master) {
            for request in framing.receive(bytes, at: now) { answer(request, units, now: now) }
        }
        let bytes = replies.take(now: now)
        if !bytes.isEmpty { _ = write(terminal.master, bytes, bytes.count) }
    }

    func shut() { terminal.shut() }

    private func answer(_ request: ModbusRTUFraming.Request, _ units: ModbusTCPServer.Units, now: MonotonicInstant) {
        // Every unit hears every request and only its own is answered; unit 0 is a broadcast, which nobody answers.
        let reply: MeterReply
        switch units(request.unit, request.pdu) {
        case .absent: return
        case .silent:
            requests += 1
            return
        case .reply(let given):
            requests += 1
            reply = given
        }
        var frame = ModbusRTUFraming.frame(reply.pdu, unit: request.unit)
        if reply.isDamaged { frame[frame.count - 1] ^= 0xFF }
        if reply.isTruncated { frame.removeLast(min(3, frame.count)) }
        let requestTime = Nanoseconds(characterTime.rawValue * Int64(request.pdu.count + 3))
        let start = max(now + requestTime + Self.turnaround + reply.delay, replies.end ?? now)
        replies.add(reply.isDuplicated ? frame + frame : frame, start: start, pace: characterTime)
    }
}
