internal import Glibc
internal import Logging
internal import Quantities
internal import ServiceShell
internal import SignedRecords

/// The technician's shell, wherever the configuration wants it: on a serial device behind a login, and on a local socket, whose
/// connections are known by the kernel.
final class ShellServer: Sendable {
    private let line: ServiceShell.SerialLine?
    private let transfers: TransferFolder?
    private let socket: (shell: SocketShell, listener: UnixListener)?

    /// Starts what is configured.
    ///
    /// - Parameter transfers: where files come in; nil where none can.
    static func start(
        _ configuration: FirmwareConfiguration.Shell, desk: any ServiceDesk, transfers: TransferFolder?,
        gate: TechnicianGate, logger: Logger
    ) throws(FirmwareError) -> ShellServer {
        do throws(ServiceShellError) {
            var line: ServiceShell.SerialLine?
            if let path = configuration.device {
                let port = ServiceShell.SerialLine.Port(
                    path: path, speed: try SerialSpeed(baud: configuration.baud),
                    watchesCarrier: configuration.watchesCarrier)
                line = try ServiceShell.SerialLine(
                    port, desk: desk, gate: gate, receiver: transfers.map { ReceiverProcess(folder: $0) },
                    monotonic: { SystemClock.now() },
                    log: { logger.info("shell: \($0)") })
                try line?.start()
            }
            guard let path = configuration.socket else { return ShellServer(line, nil, transfers) }
            let shell = try SocketShell(desk: desk, gate: gate, monotonic: { SystemClock.now() })
            let listener = try listen(on: path, shell, logger)
            return ShellServer(line, (shell, listener), transfers)
        } catch {
            throw .room("shell", reason: "\(error)")
        }
    }

    private init(
        _ line: ServiceShell.SerialLine?, _ socket: (shell: SocketShell, listener: UnixListener)?,
        _ transfers: TransferFolder?
    ) {
        self.line = line
        self.transfers = transfers
        self.socket = socket
    }

    private static func listen(
        on path: String, _ shell: SocketShell, _ logger: Logger
    ) throws(ServiceShellError) -> UnixListener {
        do throws(FirmwareError) {
            return try UnixListener.start(path: path, name: "shell-socket") { connection in
                guard let technician = peer(of: connection) else { return }
                logger.notice("shell: \(technician.name) on the local socket")
                shell.serve(connection, as: technician)
            }
        } catch {
            throw .unavailable("\(error)")
        }
    }

    /// Who is at the other end, as the kernel says: root serves, everyone else whom the socket's file lets in looks.
    private static func peer(of connection: Int32) -> Technician? {
        // struct ucred, which Glibc's module hides: process, user, group.
        var credentials: [UInt32] = [0, 0, 0]
        var size = socklen_t(12)
        guard getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0, size == 12 else { return nil }
        return technician(user: credentials[1])
    }

    /// What stands for a certificate of a user of this machine.
    static func technician(user: UInt32) -> Technician {
        Technician(
            hash: ContentHash(hashing: Array("wattseal-local/1\0\(user)".utf8)), name: "local user \(user)",
            role: user == 0 ? .service : .viewer)
    }

    /// Ends the sessions and waits for their threads.
    func stop() {
        transfers?.end()
        line?.stop()
        socket?.shell.stop()
        socket?.listener.stop()
    }
}
