import Glibc
import Synchronization

/// Answers each connection on a Unix socket with one line of status, and closes it.
///
/// A reader that does not read cannot hold the daemon up: writing gives up after a second.
final class StatusServer: Sendable {
    private let path: String
    private let descriptor: Int32
    private let thread: DedicatedThread

    /// Listens on `path`; a socket that a killed daemon left there is replaced.
    static func start(path: String, status: StatusBoard) throws(FirmwareError) -> StatusServer {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .system(call: "socket", errno: errno) }
        do {
            try bindAndListen(descriptor, path: path)
            let thread = try DedicatedThread.start(name: "status") { serve(descriptor, status) }
            return StatusServer(path: path, descriptor: descriptor, thread: thread)
        } catch {
            close(descriptor)
            throw error
        }
    }

    private init(path: String, descriptor: Int32, thread: DedicatedThread) {
        self.path = path
        self.descriptor = descriptor
        self.thread = thread
    }

    /// Ends the thread and takes the socket away.
    func stop() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        thread.join()
        close(descriptor)
        unlink(path)
    }

    private static func bindAndListen(_ descriptor: Int32, path: String) throws(FirmwareError) {
        guard let address = UnixSocketAddress(path: path) else {
            throw .room("status socket", reason: "\(path): expected at most 107 bytes, got \(path.utf8.count)")
        }
        unlink(path)
        guard address.bind(descriptor) == 0 else { throw .system(call: "bind \(path)", errno: errno) }
        chmod(path, 0o660)
        guard listen(descriptor, 16) == 0 else { throw .system(call: "listen \(path)", errno: errno) }
    }

    private static func serve(_ descriptor: Int32, _ status: StatusBoard) {
        while true {
            let connection = accept(descriptor, nil, nil)
            if connection < 0 {
                if errno == EINTR || errno == ECONNABORTED || errno == EMFILE { continue }
                return  // the socket was shut down
            }
            var second = timeval(tv_sec: 1, tv_usec: 0)
            setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &second, socklen_t(MemoryLayout<timeval>.size))
            var line = Array((status.current.json() + "\n").utf8)[...]
            while !line.isEmpty {
                let sent = line.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                guard sent > 0 else { break }
                line = line.dropFirst(sent)
            }
            close(connection)
        }
    }
}
