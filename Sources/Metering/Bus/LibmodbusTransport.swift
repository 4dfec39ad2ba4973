internal import CModbus
internal import Glibc
internal import Quantities

/// A line through libmodbus.
///
/// Error recovery stays off: with it, libmodbus sleeps, repeats and hangs on its own account. The timeout between bytes is
/// off too, so that the response timeout bounds the whole reply (libmodbus 3.1.6, `_modbus_receive_msg`, on a kernel whose
/// `select` counts down).
final class LibmodbusTransport: ModbusTransport {
    private let link: ModbusLink
    private var context: OpaquePointer?
    /// Holds the lock on a serial device.
    private var lockDescriptor: Int32 = -1
    private var words = [UInt16](repeating: 0, count: 125)

    init(_ link: ModbusLink) { self.link = link }

    deinit { close() }

    func connect(timeout: Nanoseconds) throws(MeteringError) -> SerialLine? {
        close()
        try checkDescriptorHeadroom()
        do throws(MeteringError) {
            switch link {
            case .tcp(let host, let port): try connectTCP(host, port, timeout)
            case .rtu(let device, let line): return try connectRTU(device, line, timeout)
            }
            return nil
        } catch {
            close()
            throw error
        }
    }

    func read(_ request: RegisterRequest, unit: UInt8, timeout: Nanoseconds) throws(MeteringError) -> [UInt16] {
        invariant((1...125).contains(request.count), "a read has 1 to 125 registers")
        guard let context else { throw .linkLost(errno: EBADF) }
        guard wattseal_modbus_set_unit(context, Int32(unit)) >= 0 else {
            throw .unusableAddress("expected a unit from 1 to 247, found \(unit)")
        }
        try setTimeout(context, timeout)
        let count = Int32(request.count)
        let address = Int32(request.address)
        let result =
            request.functionCode == 3
            ? wattseal_modbus_read_holding(context, address, count, &words)
            : wattseal_modbus_read_input(context, address, count, &words)
        guard result >= 0 else { throw Self.error(-result, timeout) }
        guard result == count else { throw .wrongReply(.length) }
        return Array(words[..<request.count])
    }

    func flush() throws(MeteringError) {
        guard let context else { throw .linkLost(errno: EBADF) }
        if case .tcp = link {
            try drain(wattseal_modbus_descriptor(context))
        } else {
            let result = wattseal_modbus_flush(context)
            guard result >= 0 else { throw .linkLost(errno: -result) }
        }
    }

    func close() {
        if let context {
            if lockDescriptor >= 0 { _ = wattseal_modbus_release_terminal(lockDescriptor) }
            wattseal_modbus_close(context)
            wattseal_modbus_free(context)
        }
        context = nil
        if lockDescriptor >= 0 { _ = Glibc.close(lockDescriptor) }
        lockDescriptor = -1
    }

    // MARK: opening

    private func connectTCP(_ host: String, _ port: UInt16, _ timeout: Nanoseconds) throws(MeteringError) {
        guard port > 0, !host.isEmpty, host.utf8.count <= 253, !host.utf8.contains(0) else {
            throw .unusableAddress("expected a host and a port, found \(link)")
        }
        var address = in_addr()
        var made: OpaquePointer?
        // A numeric address needs no resolver, which may block.
        let result =
            inet_pton(AF_INET, host, &address) == 1
            ? wattseal_modbus_new_tcp(host, Int32(port), &made)
            : wattseal_modbus_new_tcp_host(host, String(port), &made)
        guard result >= 0, let made else { throw .cannotOpen(target: "\(link)", errno: -result) }
        context = made
        try setTimeout(made, timeout)
        let connected = wattseal_modbus_connect(made)
        guard connected >= 0 else { throw .cannotOpen(target: "\(link)", errno: -connected) }
        let descriptor = wattseal_modbus_descriptor(made)
        guard descriptor >= 0 else { throw .cannotOpen(target: "\(link)", errno: -descriptor) }
        // A dead peer is noticed by the reads; this is for one that dies while the line rests.
        setOption(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
        setOption(descriptor, Int32(IPPROTO_TCP), TCP_KEEPIDLE, 10)
        setOption(descriptor, Int32(IPPROTO_TCP), TCP_KEEPINTVL, 5)
        setOption(descriptor, Int32(IPPROTO_TCP), TCP_KEEPCNT, 3)
        setOption(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, 20_000)
    }

    private func connectRTU(
        _ device: String, _ line: SerialLine, _ timeout: Nanoseconds
    ) throws(MeteringError) -> SerialLine? {
        guard !device.isEmpty, !device.utf8.contains(0) else { throw .unusableAddress("expected a serial device") }
        // Two processes on one line interleave their frames: the lock is taken before libmodbus sets the line.
        lockDescriptor = open(device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard lockDescriptor >= 0 else {
            let number = errno
            throw number == EBUSY ? .occupied(device: device) : .cannotOpen(target: device, errno: number)
        }
        guard isatty(lockDescriptor) == 1 else { throw .cannotOpen(target: device, errno: ENOTTY) }
        guard flock(lockDescriptor, LOCK_EX | LOCK_NB) == 0 else { throw .occupied(device: device) }
        var made: OpaquePointer?
        let result = wattseal_modbus_new_rtu(
            device, Int32(line.baud), CChar(line.parity), Int32(line.stopBits), &made)
        guard result >= 0, let made else { throw .cannotOpen(target: device, errno: -result) }
        context = made
        try setTimeout(made, timeout)
        let connected = wattseal_modbus_connect(made)
        guard connected >= 0 else { throw .cannotOpen(target: device, errno: -connected) }
        let descriptor = wattseal_modbus_descriptor(made)
        guard descriptor >= 0 else { throw .cannotOpen(target: device, errno: -descriptor) }
        let claimed = wattseal_modbus_claim_terminal(descriptor)
        guard claimed >= 0 else { throw .cannotOpen(target: device, errno: -claimed) }
        // Behind the connection, which sets the line anew.
        if let rs485 = line.rs485 { try DriverDirection.turn(device, descriptor, as: rs485) }
        return Self.isPseudoTerminal(descriptor) ? nil : line
    }

    /// A pseudo-terminal carries bytes at once whatever its rate: no time of the wire can be demanded of it.
    private static func isPseudoTerminal(_ descriptor: Int32) -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return false }
        // Documentation/admin-guide/devices.txt: majors 136 to 143 are Unix98 pseudo-terminal slaves.
        let device = UInt64(status.st_rdev)
        let major = (device >> 8 & 0xFFF) | (device >> 32 & ~0xFFF)
        return (136...143).contains(major)
    }

    /// libmodbus 3.1.6 waits with `select` and writes out of bounds for a descriptor of 1024 or more.
    private func checkDescriptorHeadroom() throws(MeteringError) {
        let probe = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard probe >= 0 else { throw .cannotOpen(target: "\(link)", errno: errno) }
        _ = Glibc.close(probe)
        guard probe < 1_000 else { throw .cannotOpen(target: "\(link)", errno: EMFILE) }
    }

    private func setTimeout(_ context: OpaquePointer, _ timeout: Nanoseconds) throws(MeteringError) {
        let microseconds = max(timeout.wholeMicroseconds, 1_000)
        let result = wattseal_modbus_set_timeout(
            context, UInt32(clamping: microseconds / 1_000_000), UInt32(microseconds % 1_000_000))
        guard result >= 0 else { throw .linkLost(errno: -result) }
    }

    private func setOption(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        _ = setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    // MARK: flushing

    /// Empties a socket's receive buffer; libmodbus's own flush may go on for as long as a peer sends.
    private func drain(_ descriptor: Int32) throws(MeteringError) {
        guard descriptor >= 0 else { throw .linkLost(errno: -descriptor) }
        var buffer = [UInt8](repeating: 0, count: 4_096)
        for _ in 0..<64 {
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count == 0 { throw .linkLost(errno: ECONNRESET) }
            if count < 0 {
                if errno == EAGAIN || errno == EWOULDBLOCK { return }
                if errno == EINTR { continue }
                throw .linkLost(errno: errno)
            }
        }
        throw .flooded
    }

    // MARK: errors

    private static func error(_ number: Int32, _ timeout: Nanoseconds) -> MeteringError {
        switch number {
        case ETIMEDOUT: return .timeout(after: timeout)
        case wattseal_modbus_bad_checksum: return .checksum
        case wattseal_modbus_bad_data: return .wrongReply(.shape)
        case wattseal_modbus_bad_unit: return .wrongReply(.unit)
        case wattseal_modbus_bad_exception, wattseal_modbus_unknown_exception: return .wrongReply(.exceptionCode)
        case wattseal_modbus_too_many_data: return .wrongReply(.length)
        default: break
        }
        let code = number - wattseal_modbus_error_base
        // The protocol has no exception 0; libmodbus hands it on like the others.
        if code == 0 { return .wrongReply(.exceptionCode) }
        if (1...11).contains(code) { return .exception(code: UInt8(code)) }
        return .linkLost(errno: number)
    }
}
