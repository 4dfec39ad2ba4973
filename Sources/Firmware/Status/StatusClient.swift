import Glibc

/// Asks a running daemon for its status.
public enum StatusClient {
    /// The status behind a socket.
    ///
    /// - Throws: `FirmwareError` where no daemon answers there, or where its answer is not a status.
    public static func read(socketPath: String) throws(FirmwareError) -> StatusReport {
        guard let address = UnixSocketAddress(path: socketPath) else {
            throw .room(
                "status socket", reason: "\(socketPath): expected at most 107 bytes, got \(socketPath.utf8.count)")
        }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .system(call: "socket", errno: errno) }
        defer { close(descriptor) }
        var patience = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard address.connect(descriptor) == 0 else { throw .system(call: "connect \(socketPath)", errno: errno) }
        var line: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while line.count <= 65_536 {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count >= 0 else { throw .system(call: "recv \(socketPath)", errno: errno) }
            if count == 0 { break }
            line += chunk[..<count]
        }
        do { return try StatusReport(json: line) } catch {
            throw .room("status socket", reason: "\(socketPath): \(line.count) bytes that are no status: \(error)")
        }
    }
}
