import Foundation
import Glibc
import Metering
import Quantities
import Synchronization

/// A Modbus RTU device on a pseudo-terminal, answered by a thread of its own: for libmodbus itself, on real time.
final class PseudoTerminalMeter: Sendable {
    enum Fault: Equatable, Sendable {
        /// The reply comes so much later.
        case late(milliseconds: Int)
        case checksum, drop, truncated, duplicate, busy, wrongUnit
        /// Bytes of nonsense before the reply.
        case garbage
        /// One byte at a time, so many milliseconds apart.
        case drip(milliseconds: Int)
    }

    let path: String
    private let master: Int32
    /// Kept open, so that the terminal survives a client that closes it.
    private let slave: Int32
    private let state: Mutex<State>
    /// The number that it answers to; nil for every number.
    private let unit: UInt8?

    private struct State {
        var meter: VendorMeter
        var faults: [Fault?] = []
        var isStopping = false
        var requests = 0
    }

    init(_ meter: sending VendorMeter, unit: UInt8? = nil) throws {
        self.unit = unit
        var ends: (master: Int32, slave: Int32) = (-1, -1)
        var name = [CChar](repeating: 0, count: 128)
        guard openpty(&ends.master, &ends.slave, nil, nil, nil) == 0, ttyname_r(ends.slave, &name, name.count) == 0
        else {
            throw MeteringError.cannotOpen(target: "ptmx", errno: errno)
        }
        (master, slave) = ends
        path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var settings = termios()
        tcgetattr(slave, &settings)
        cfmakeraw(&settings)
        tcsetattr(slave, TCSANOW, &settings)
        state = Mutex(State(meter: meter))
        let thread = Thread { [self] in serve() }
        thread.start()
    }

    /// The faults of the exchanges to come.
    func script(_ faults: [Fault?]) { state.withLock { $0.faults = faults } }

    var requests: Int { state.withLock { $0.requests } }

    func setSerial(_ serial: UInt32) { state.withLock { $0.meter.serial = serial } }

    func stop() {
        state.withLock { $0.isStopping = true }
    }

    private func serve() {
        var buffer: [UInt8] = []
        while !state.withLock({ $0.isStopping }) {
            var descriptor = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, 20) > 0 else { continue }
            var bytes = [UInt8](repeating: 0, count: 256)
            let count = read(master, &bytes, bytes.count)
            guard count > 0 else { continue }
            buffer += bytes[..<count]
            while buffer.count >= 8 {
                answer(Array(buffer.prefix(8)))
                buffer.removeFirst(8)
            }
        }
        close(slave)
        close(master)
    }

    private func answer(_ request: [UInt8]) {
        guard unit.map({ $0 == request[0] }) ?? true else { return }
        let address = Int(request[2]) << 8 | Int(request[3])
        let count = Int(request[4]) << 8 | Int(request[5])
        let (fault, words) = state.withLock { state -> (Fault?, [UInt16]?) in
            state.requests += 1
            let fault = state.faults.isEmpty ? nil : state.faults.removeFirst()
            let now = MonotonicInstant(nanoseconds: Int64(monotonicNanoseconds()))
            return (fault, state.meter.words(functionCode: request[1], address: address, count: count, at: now))
        }
        var reply: [UInt8]
        if fault == .busy {
            reply = [request[0], request[1] | 0x80, 6]
        } else if let words {
            reply = [request[0], request[1], UInt8(count * 2)] + words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        } else {
            reply = [request[0], request[1] | 0x80, 2]
        }
        if fault == .wrongUnit { reply[0] ^= 2 }
        let checksum = Self.checksum(reply)
        reply += [UInt8(checksum & 0xFF), UInt8(checksum >> 8)]
        send(reply, fault)
    }

    private func send(_ reply: [UInt8], _ fault: Fault?) {
        var reply = reply
        switch fault {
        case nil, .busy, .wrongUnit: put(reply)
        case .late(let milliseconds):
            usleep(UInt32(milliseconds) * 1_000)
            put(reply)
        case .checksum:
            reply[reply.count - 1] ^= 0xFF
            put(reply)
        case .drop: break
        case .truncated: put(Array(reply.dropLast(3)))
        case .duplicate: put(reply + reply)
        case .garbage: put([0x00, 0xFF, 0x00] + reply)
        case .drip(let milliseconds):
            for byte in reply {
                put([byte])
                usleep(UInt32(milliseconds) * 1_000)
            }
        }
    }

    private func put(_ bytes: [UInt8]) { _ = write(master, bytes, bytes.count) }

    /// CRC-16 of Modbus over serial line 1.02, section 6.2.2.
    private static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var checksum: UInt16 = 0xFFFF
        for byte in bytes {
            checksum ^= UInt16(byte)
            for _ in 0..<8 { checksum = checksum & 1 == 0 ? checksum >> 1 : (checksum >> 1) ^ 0xA001 }
        }
        return checksum
    }
}

private func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
