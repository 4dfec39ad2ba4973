/// Answers each connection on a Unix socket with one line of status, and closes it.
final class StatusServer: Sendable {
    private let listener: UnixListener

    /// Listens on `path`.
    static func start(path: String, status: StatusBoard) throws(FirmwareError) -> StatusServer {
        StatusServer(
            try UnixListener.start(path: path, name: "status") { UnixListener.send(status.current.json(), to: $0) })
    }

    private init(_ listener: UnixListener) { self.listener = listener }

    /// Ends the thread and takes the socket away.
    func stop() { listener.stop() }
}
