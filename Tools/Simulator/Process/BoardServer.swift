import BoardIO
import ChargeControl
import Glibc
import Quantities
import Simulator
import SimulatorBoard

/// The plant's end of the board's socket: one firmware at a time drives the board and gets a sample every 2 ms.
///
/// Frames are applied at the moment at which they were sent, so a plant that is scheduled late does not drop the gate
/// of a punctual firmware. When the firmware goes, its levels stay as they were, as GPIO lines would; no pulse comes
/// any more, and the gate does the rest.
final class BoardServer {
    private let listener: ListeningSocket
    private var connection: Int32?
    private var samples: UInt64 = 0
    private var due = MonotonicInstant(nanoseconds: 0)
    /// No samples are sent; the link stays up.
    var isFrozen = false
    private(set) var connections: Int64 = 0
    private(set) var outputs: Int64 = 0
    private(set) var pulses: Int64 = 0
    private(set) var refused: Int64 = 0

    /// The pilot's period is 1 ms, the control period 5 ms.
    static let sampleInterval = Nanoseconds.milliseconds(2)

    init(path: String) throws(ProcessError) {
        listener = try ListeningSocket(unixPath: path, kind: SOCK_SEQPACKET)
    }

    var isConnected: Bool { connection != nil }
    var descriptors: [Int32] { [listener.descriptor] + (connection.map { [$0] } ?? []) }

    /// Takes what arrived and steps the plant to each frame's moment.
    func service(_ plant: inout Plant, now: MonotonicInstant) {
        drain(&plant, now: now)
        while let next = listener.accept() {
            if connection != nil {
                refused += 1
                close(next)
                continue
            }
            // A few samples only: a firmware that was stopped for a while must not find old ones in front of new ones.
            var size: Int32 = 8_192
            setsockopt(next, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
            connection = next
            connections += 1
            due = now
            drain(&plant, now: now)
        }
    }

    /// Sends a sample when one is due.
    func publish(_ plant: inout Plant, now: MonotonicInstant) {
        guard let connection, !isFrozen, now >= due else { return }
        due = max(due + Self.sampleInterval, now)
        samples += 1
        let frame = PlantFrame.sample(plant.boardSample(number: samples))
        withUnsafeTemporaryAllocation(byteCount: PlantFrame.longest, alignment: 8) { buffer in
            let length = frame.write(into: buffer)
            let sent = send(connection, buffer.baseAddress, length, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
            if sent < 0, errno != EAGAIN { drop() }
        }
    }

    /// Ends the firmware's connection.
    func drop() {
        if let connection { close(connection) }
        connection = nil
    }

    func shut() {
        drop()
        listener.shut()
    }

    private func drain(_ plant: inout Plant, now: MonotonicInstant) {
        while let connection {
            switch Self.receiveFrame(connection) {
            case .nothing: return
            case .closed: drop()
            case .malformed(let error):
                writeLine("plant: board link closed: \(error)", to: STDERR_FILENO)
                refused += 1
                drop()
            case .frame(.outputs(let outputs, let at)):
                self.outputs += 1
                plant.advance(to: min(at, now))
                plant.drive(outputs.drive)
            case .frame(.pulse(let at)):
                pulses += 1
                plant.advance(to: min(at, now))
                plant.pulseGate()
            case .frame(.sample):
                refused += 1
                drop()
            }
        }
    }

    private enum Arrival {
        case frame(PlantFrame)
        case nothing
        case closed
        case malformed(BoardError)
    }

    private static func receiveFrame(_ connection: Int32) -> Arrival {
        withUnsafeTemporaryAllocation(byteCount: PlantFrame.longest + 1, alignment: 8) { buffer in
            let count = recv(connection, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            if count < 0 { return errno == EAGAIN || errno == EINTR ? .nothing : .closed }
            if count == 0 { return .closed }
            do throws(BoardError) {
                return .frame(try PlantFrame(reading: UnsafeRawBufferPointer(rebasing: buffer[0..<count])))
            } catch {
                return .malformed(error)
            }
        }
    }
}
