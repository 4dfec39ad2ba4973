import Glibc

/// A listening socket; a Unix one is unlinked when it goes.
final class ListeningSocket {
    let descriptor: Int32
    private let path: String?

    /// A Unix socket at a path. A socket file that a dead plant left is replaced, a living one is not.
    init(unixPath path: String, kind: __socket_type) throws(ProcessError) {
        var address = sockaddr_un()
        let limit = MemoryLayout.size(ofValue: address.sun_path) - 1
        let bytes = Array(path.utf8)
        guard bytes.count <= limit else { throw .pathTooLong(path: path, limit: limit) }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        try Self.removeStale(path, address, kind)
        let descriptor = socket(AF_UNIX, Int32(kind.rawValue), 0)
        guard descriptor >= 0 else { throw .system(call: "socket", path: path, errno: errno) }
        setNonBlocking(descriptor)
        let bound = withSocketAddress(address) { bind(descriptor, $0, $1) }
        guard bound == 0, listen(descriptor, 8) == 0 else {
            let failure = errno
            close(descriptor)
            throw .system(call: "bind", path: path, errno: failure)
        }
        self.descriptor = descriptor
        self.path = path
    }

    /// A TCP socket at an address; answers the address with the port that it got.
    init(tcp address: HostPort) throws(ProcessError) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw .system(call: "socket", path: "\(address)", errno: errno) }
        setNonBlocking(descriptor)
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = address.port.bigEndian
        target.sin_addr = in_addr(s_addr: address.address.bigEndian)
        let bound = withSocketAddress(target) { bind(descriptor, $0, $1) }
        guard bound == 0, listen(descriptor, 8) == 0 else {
            let failure = errno
            close(descriptor)
            throw .system(call: "bind", path: "\(address)", errno: failure)
        }
        self.descriptor = descriptor
        path = nil
    }

    deinit { shut() }

    private var isShut = false

    /// Closes the socket and removes its file.
    func shut() {
        guard !isShut else { return }
        isShut = true
        close(descriptor)
        if let path { unlink(path) }
    }

    /// The port that a TCP socket got.
    var port: UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    /// A connection that waits, or `nil`.
    func accept() -> Int32? {
        let connection = Glibc.accept(descriptor, nil, nil)
        guard connection >= 0 else { return nil }
        setNonBlocking(connection)
        return connection
    }

    private static func removeStale(
        _ path: String, _ address: sockaddr_un, _ kind: __socket_type
    ) throws(ProcessError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notReplaceable(path: path) }
        let probe = socket(AF_UNIX, Int32(kind.rawValue), 0)
        guard probe >= 0 else { throw .system(call: "socket", path: path, errno: errno) }
        defer { close(probe) }
        if withSocketAddress(address, { connect(probe, $0, $1) }) == 0 { throw .inUse(path: path) }
        unlink(path)
    }
}

/// Hands an address of any family to a socket call.
func withSocketAddress<Address>(
    _ address: Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
) -> Int32 {
    withUnsafePointer(to: address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<Address>.size))
        }
    }
}
