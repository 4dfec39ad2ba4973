import Glibc

/// The address of a Unix socket: a path of at most 107 bytes.
struct UnixSocketAddress {
    private var address = sockaddr_un()

    init?(path: String) {
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path), !bytes.contains(0) else { return nil }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    }

    /// A connection to a running daemon's socket whose reads give up after 5 s; the descriptor is the caller's.
    ///
    /// - Parameter room: what the socket is called in an error.
    static func connection(to path: String, of room: String) throws(FirmwareError) -> Int32 {
        guard let address = UnixSocketAddress(path: path) else {
            throw .room(room, reason: "\(path): expected at most 107 bytes, got \(path.utf8.count)")
        }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .system(call: "socket", errno: errno) }
        var patience = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard address.connect(descriptor) == 0 else {
            let failure = errno
            close(descriptor)
            throw .system(call: "connect \(path)", errno: failure)
        }
        return descriptor
    }

    /// `bind(2)`; 0 or -1 with errno.
    func bind(_ descriptor: Int32) -> Int32 { withPointer { Glibc.bind(descriptor, $0, $1) } }

    /// `connect(2)`; 0 or -1 with errno.
    func connect(_ descriptor: Int32) -> Int32 { withPointer { Glibc.connect(descriptor, $0, $1) } }

    private func withPointer(_ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var copy = address
        return withUnsafePointer(to: &copy) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                call($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
