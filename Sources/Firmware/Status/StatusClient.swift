import Glibc

/// Asks a running daemon for its status.
public enum StatusClient {
    /// The status behind a socket.
    ///
    /// - Throws: `FirmwareError` where no daemon answers there, or where its answer is not a status.
    public static func read(socketPath: String) throws(FirmwareError) -> StatusReport {
        let descriptor = try UnixSocketAddress.connection(to: socketPath, of: "status socket")
        defer { close(descriptor) }
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
