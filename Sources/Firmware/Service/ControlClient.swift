import Glibc

/// Asks a running daemon for something: a limit, a stop, a recording.
public enum ControlClient {
    /// Sends one request (`ControlRequestReader`) and answers what the daemon says: `ok`.
    ///
    /// - Throws: `FirmwareError` where no daemon answers there, or where it refuses, with its words.
    public static func ask(_ request: String, socketPath: String) throws(FirmwareError) -> String {
        guard let address = UnixSocketAddress(path: socketPath) else {
            throw .room(
                "control socket", reason: "\(socketPath): expected at most 107 bytes, got \(socketPath.utf8.count)")
        }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .system(call: "socket", errno: errno) }
        defer { close(descriptor) }
        var patience = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard address.connect(descriptor) == 0 else { throw .system(call: "connect \(socketPath)", errno: errno) }
        UnixListener.send(request, to: descriptor)
        guard let answer = UnixListener.receiveLine(from: descriptor) else {
            throw .room("control socket", reason: "\(socketPath): no answer")
        }
        guard answer == "ok" else { throw .room("control socket", reason: answer) }
        return answer
    }
}
