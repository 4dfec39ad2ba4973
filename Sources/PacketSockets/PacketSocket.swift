public import Glibc

/// An AF_UNIX SOCK_SEQPACKET socket: whole packets or nothing. Closed with its last reference.
public final class PacketSocket: Sendable {
    /// Why a packet did not come or go.
    public enum Fault: Error, Equatable, CustomStringConvertible {
        /// The other side is gone.
        case closed
        case late
        case tooLong(Int)
        case system(call: String, errno: Int32)

        public var description: String {
            switch self {
            case .closed: "it closed the connection"
            case .late: "no answer in time"
            case .tooLong(let count): "a packet of \(count) bytes"
            case .system(let call, let code): "\(call): \(String(cString: strerror(code)))"
            }
        }
    }

    public let descriptor: Int32

    /// Takes over an open socket.
    public init(owning descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Connects to a listening socket.
    public convenience init(connectingTo path: String) throws(Fault) {
        self.init(owning: try PacketSocket.make())
        let answer = try PacketSocket.withAddress(path) { connect(descriptor, $0, $1) }
        guard answer == 0 else { throw .system(call: "connect \(path)", errno: errno) }
    }

    /// Two sockets that are each other's end; both close on exec.
    public static func pair() throws(Fault) -> (PacketSocket, PacketSocket) {
        var ends: [Int32] = [0, 0]
        let type = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw .system(call: "socketpair", errno: errno) }
        return (PacketSocket(owning: ends[0]), PacketSocket(owning: ends[1]))
    }

    /// A listening socket; one that a killed process left behind is replaced. `mode` is that of its name.
    public static func listening(at path: String, mode: mode_t) throws(Fault) -> PacketSocket {
        let listener = PacketSocket(owning: try make())
        unlink(path)
        guard try withAddress(path, { bind(listener.descriptor, $0, $1) }) == 0 else {
            throw .system(call: "bind \(path)", errno: errno)
        }
        guard chmod(path, mode) == 0 else { throw .system(call: "chmod \(path)", errno: errno) }
        // A connection that is gone before it is taken must not hold the listener up.
        guard fcntl(listener.descriptor, F_SETFL, O_NONBLOCK) == 0, listen(listener.descriptor, 8) == 0 else {
            throw .system(call: "listen \(path)", errno: errno)
        }
        return listener
    }

    /// The next connection of a listening socket.
    public func accepted() throws(Fault) -> PacketSocket {
        let connection = accept(descriptor, nil, nil)
        guard connection >= 0 else { throw .system(call: "accept", errno: errno) }
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        return PacketSocket(owning: connection)
    }

    /// Who is at the other end, as the kernel saw it when the connection was made.
    public func peerUser() throws(Fault) -> uid_t {
        // struct ucred: process, user, group; its header hides it from Swift.
        var credentials: (pid_t, uid_t, gid_t) = (0, .max, .max)
        var length = socklen_t(12)
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0, length == 12 else {
            throw .system(call: "SO_PEERCRED", errno: errno)
        }
        return credentials.1
    }

    /// Sends a whole packet; `deadline` is on the clock of `Monotonic`. There is nearly always room, so the kernel is not asked
    /// about it first.
    public func send(_ packet: [UInt8], before deadline: Int64) throws(Fault) {
        while true {
            let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
            let count = packet.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, flags) }
            if count == packet.count { return }
            switch errno {
            case EINTR: continue
            case EAGAIN: try wait(Int16(POLLOUT), before: deadline)
            case EPIPE, ECONNRESET: throw .closed
            default: throw .system(call: "send", errno: errno)
            }
        }
    }

    /// The next packet, which is never empty.
    public func receive(maximum: Int, before deadline: Int64) throws(Fault) -> [UInt8] {
        while true {
            if let packet = try take(maximum) { return packet }
            try wait(Int16(POLLIN), before: deadline)
        }
    }

    /// The packet that is there, or nil. Its buffer is as long as the longest one; only what the kernel wrote of it is ever touched.
    private func take(_ maximum: Int) throws(Fault) -> [UInt8]? {
        let outcome = withUnsafeTemporaryAllocation(byteCount: maximum, alignment: 1) {
            buffer -> Result<[UInt8]?, Fault> in
            let count = recv(descriptor, buffer.baseAddress, maximum, Int32(MSG_DONTWAIT) | Int32(MSG_TRUNC))
            if count < 0 {
                switch errno {
                case EINTR, EAGAIN: return .success(nil)
                case ECONNRESET: return .failure(.closed)
                default: return .failure(.system(call: "recv", errno: errno))
                }
            }
            guard count > 0 else { return .failure(.closed) }
            guard count <= maximum else { return .failure(.tooLong(count)) }
            return .success(Array(buffer[..<count]))
        }
        return try outcome.get()
    }

    private func wait(_ events: Int16, before deadline: Int64) throws(Fault) {
        while true {
            var entry = pollfd(fd: descriptor, events: events, revents: 0)
            let left = max(0, deadline - Monotonic.nanoseconds())
            let answer = poll(&entry, 1, Int32(clamping: (left + 999_999) / 1_000_000))
            if answer > 0 { return }
            if answer < 0, errno != EINTR { throw .system(call: "poll", errno: errno) }
            if Monotonic.nanoseconds() >= deadline { throw .late }
        }
    }

    private static func make() throws(Fault) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .system(call: "socket", errno: errno) }
        return descriptor
    }

    private static func withAddress(
        _ path: String, _ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(Fault) -> Int32 {
        var address = sockaddr_un()
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path), !bytes.contains(0) else {
            throw .system(call: "\(path)", errno: ENAMETOOLONG)
        }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                call($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
