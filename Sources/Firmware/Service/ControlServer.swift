internal import Logging

/// Takes one request a connection on a Unix socket and answers `ok`, or `error:` with what was expected and what came.
///
/// Nothing slow stands between its thread and the control thread.
final class ControlServer: Sendable {
    private let listener: UnixListener

    /// Hands a request to the record desk, which sends the answer when it comes to it.
    typealias Desk = @Sendable (DeskRequest, PendingAnswer) -> Void

    /// Listens on `path`.
    static func start(
        path: String, reader: ControlRequestReader, requests: RequestInlet, logger: Logger,
        desk: @escaping Desk = { _, answer in answer.send("error: there is no record desk") }
    ) throws(FirmwareError) -> ControlServer {
        ControlServer(
            try UnixListener.start(path: path, name: "control-socket") { connection in
                let line = UnixListener.receiveLine(from: connection)
                // A disk that hangs must not hold up the grid operator's limit: the record thread answers by itself.
                if let request = line.flatMap({ DeskRequest($0) }), let pending = PendingAnswer(connection) {
                    logger.notice("asked for: \(request.name)")
                    return desk(request, pending)
                }
                UnixListener.send(answer(line, reader, requests, logger), to: connection)
            })
    }

    private init(_ listener: UnixListener) { self.listener = listener }

    /// Ends the thread and takes the socket away.
    func stop() { listener.stop() }

    private static func answer(
        _ line: String?, _ reader: ControlRequestReader, _ requests: RequestInlet, _ logger: Logger
    ) -> String {
        guard let line else {
            return "error: expected a line of at most \(UnixListener.lineLimit) bytes within a second"
        }
        do throws(ControlRequestReader.Refusal) {
            let request = try reader.read(line)
            guard requests.offer(request) else { return "error: the control thread stands still" }
            logger.notice("asked for: \(line)")
            return "ok"
        } catch {
            return "error: \(error.words)"
        }
    }
}
