import Glibc

/// System calls on the plant's SOCK_SEQPACKET socket.
enum PlantSocket {
    /// Connects to the plant; the descriptor is the caller's.
    static func connect(path: String) throws(BoardError) -> Int32 {
        var address = sockaddr_un()
        let limit = MemoryLayout.size(ofValue: address.sun_path) - 1
        let bytes = Array(path.utf8)
        guard bytes.count <= limit else {
            throw .socketPathTooLong(path: path, bytes: bytes.count, limit: limit)
        }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .plantUnreachable(path: path, call: "socket", errno: errno) }
        let code = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0 else {
            let failure = errno
            close(descriptor)
            throw .plantUnreachable(path: path, call: "connect", errno: failure)
        }
        return descriptor
    }

    /// Sends one frame without waiting and without allocating; `false` where the kernel did not take it.
    static func send(_ frame: PlantFrame, on descriptor: Int32) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: PlantFrame.longest, alignment: 8) { buffer in
            let length = frame.write(into: buffer)
            let sent = Glibc.send(
                descriptor, buffer.baseAddress, length, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
            return sent == length
        }
    }

    /// What a wait for a frame ended with.
    enum Arrival: Equatable {
        case frame(PlantFrame)
        case nothing
        case closed
        case malformed(BoardError)
    }

    /// Waits at most this long for one frame.
    static func receive(on descriptor: Int32, waiting milliseconds: Int32) -> Arrival {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, milliseconds) > 0 else { return .nothing }
        // One byte more than the longest frame, so that a longer message is seen to be one.
        return withUnsafeTemporaryAllocation(byteCount: PlantFrame.longest + 1, alignment: 8) { buffer in
            let count = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
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
