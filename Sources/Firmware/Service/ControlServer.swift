internal import Logging

/// Takes one request a connection on a Unix socket and answers `ok`, or `error:` with what was expected and what came.
///
/// Its thread is the one producer of the control thread's requests; nothing slow stands between the two.
final class ControlServer: Sendable {
    private let listener: UnixListener

    /// Listens on `path`.
    static func start(
        path: String, reader: ControlRequestReader, requests: HandoverQueue<ControlRequest>, logger: Logger
    ) throws(FirmwareError) -> ControlServer {
        ControlServer(
            try UnixListener.start(path: path, name: "control-socket") { connection in
                let answer = answer(UnixListener.receiveLine(from: connection), reader, requests, logger)
                UnixListener.send(answer, to: connection)
            })
    }

    private init(_ listener: UnixListener) { self.listener = listener }

    /// Ends the thread and takes the socket away.
    func stop() { listener.stop() }

    private static func answer(
        _ line: String?, _ reader: ControlRequestReader, _ requests: HandoverQueue<ControlRequest>, _ logger: Logger
    ) -> String {
        guard let line else { return "error: expected a line of at most 256 bytes within a second" }
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
