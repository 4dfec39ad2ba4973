import Glibc

/// The socket on which a service says that it is ready: sd_notify(3).
final class ReadySocket {
    let path: String
    private let descriptor: Int32

    init(path: String) throws {
        self.path = path
        unlink(path)
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        let bytes = Array(path.utf8)
        guard descriptor >= 0, bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw BenchmarkFailed("\(path): no socket of this name")
        }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let descriptor = descriptor
        let isBound = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard isBound else { throw BenchmarkFailed("\(path): bind failed with errno \(errno)") }
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// Waits for READY=1; when it came, in nanoseconds of the monotonic clock.
    func wait(seconds: Int32) throws -> Int64 {
        var message = [UInt8](repeating: 0, count: 512)
        while true {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, seconds * 1_000) > 0 else { throw BenchmarkFailed("not ready within \(seconds) s") }
            let now = Stopwatch.wall.now()
            let count = recv(descriptor, &message, message.count, 0)
            if count > 0, String(decoding: message[..<count], as: UTF8.self).contains("READY=1") { return now }
        }
    }
}
