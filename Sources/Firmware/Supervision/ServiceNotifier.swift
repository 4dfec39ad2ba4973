internal import Glibc

/// Tells the service supervisor how this process stands: sd_notify(3), spoken by hand.
///
/// A message is one datagram of `NAME=value` lines to the socket that NOTIFY_SOCKET names. It never waits; what the
/// supervisor does not take is lost, as a watchdog's ping may be.
struct ServiceNotifier {
    private let descriptor: Int32
    private let address: sockaddr_un
    private let length: socklen_t

    /// - Parameter name: NOTIFY_SOCKET's value: a path, or a name in the abstract namespace with `@` in front.
    /// - Returns: nil where it is neither, or the kernel has no socket left.
    init?(socket name: String) {
        var bytes = Array(name.utf8)
        var address = sockaddr_un()
        // An abstract name has no NUL behind it; a path has.
        let isAbstract = bytes.first == UInt8(ascii: "@")
        guard isAbstract || bytes.first == UInt8(ascii: "/"), bytes.count > 1, !bytes.contains(0),
            bytes.count < MemoryLayout.size(ofValue: address.sun_path)
        else { return nil }
        if isAbstract { bytes[0] = 0 }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let start = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        length = socklen_t(start + bytes.count + (isAbstract ? 0 : 1))
        self.address = address
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        if descriptor < 0 { return nil }
    }

    /// Sends one message.
    ///
    /// - Returns: whether the supervisor's socket took it.
    @discardableResult
    func send(_ message: String) -> Bool {
        let bytes = Array(message.utf8)
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
                return sendto(descriptor, bytes, bytes.count, flags, pointer, length) == bytes.count
            }
        }
    }
}
