import Glibc

/// Asks a running daemon for something: a limit, a stop, a recording.
public enum ControlClient {
    /// Sends one request (`ControlRequestReader`) and answers what the daemon says: `ok`.
    ///
    /// - Throws: `FirmwareError` where no daemon answers there, or where it refuses, with its words.
    public static func ask(_ request: String, socketPath: String) throws(FirmwareError) -> String {
        let descriptor = try UnixSocketAddress.connection(to: socketPath, of: "control socket")
        defer { close(descriptor) }
        UnixListener.send(request, to: descriptor)
        guard let answer = UnixListener.receiveLine(from: descriptor) else {
            throw .room("control socket", reason: "\(socketPath): no answer")
        }
        guard answer == "ok" else { throw .room("control socket", reason: answer) }
        return answer
    }
}
