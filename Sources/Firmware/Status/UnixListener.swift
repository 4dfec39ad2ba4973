import Glibc
import Quantities
import Threads

/// A Unix socket that listens: connections one after another, on a thread of its own.
final class UnixListener: Sendable {
    private let path: String
    private let descriptor: Int32
    private let thread: DedicatedThread

    /// Listens on `path`; a socket that a killed daemon left there is replaced.
    ///
    /// - Parameters:
    ///   - name: of the thread, and of the socket in errors.
    ///   - serve: answers one connection; the listener closes it. Reading and writing give up after a second, so that
    ///     nobody who does not read or write holds the daemon up.
    static func start(
        path: String, name: String, serve: @escaping @Sendable (_ connection: Int32) -> Void
    ) throws(FirmwareError) -> UnixListener {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .system(call: "socket", errno: errno) }
        do {
            try bindAndListen(descriptor, path: path, name: name)
            let thread = try DedicatedThread.started(name: name) { acceptAll(descriptor, serve) }
            return UnixListener(path: path, descriptor: descriptor, thread: thread)
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

    private static func bindAndListen(_ descriptor: Int32, path: String, name: String) throws(FirmwareError) {
        guard let address = UnixSocketAddress(path: path) else {
            throw .room("\(name) socket", reason: "\(path): expected at most 107 bytes, got \(path.utf8.count)")
        }
        unlink(path)
        guard address.bind(descriptor) == 0 else { throw .system(call: "bind \(path)", errno: errno) }
        chmod(path, 0o660)
        guard listen(descriptor, 16) == 0 else { throw .system(call: "listen \(path)", errno: errno) }
    }

    private static func acceptAll(_ descriptor: Int32, _ serve: @Sendable (Int32) -> Void) {
        while true {
            let connection = accept(descriptor, nil, nil)
            if connection < 0 {
                if errno == EINTR || errno == ECONNABORTED || errno == EMFILE { continue }
                return  // the socket was shut down
            }
            var second = timeval(tv_sec: 1, tv_usec: 0)
            setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &second, socklen_t(MemoryLayout<timeval>.size))
            setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &second, socklen_t(MemoryLayout<timeval>.size))
            serve(connection)
            close(connection)
        }
    }

    /// The longest line: a voucher in hexadecimal, and the words around it.
    static let lineLimit = 4_160

    /// Sends a line, or gives up.
    static func send(_ text: String, to connection: Int32) {
        var line = Array((text + "\n").utf8)[...]
        while !line.isEmpty {
            let sent = line.withUnsafeBytes { Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { return }
            line = line.dropFirst(sent)
        }
    }

    /// Reads a line of at most `limit` bytes, without its end; nil where none comes. A line that has begun is there within a
    /// second: who sends a byte now and then must not hold up those who wait.
    static func receiveLine(from connection: Int32, limit: Int = lineLimit) -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        var began: MonotonicInstant?
        while line.count <= limit {
            guard recv(connection, &byte, 1, 0) == 1 else { return nil }
            let now = SystemClock.now()
            guard now - (began ?? now) < .seconds(1) else { return nil }
            began = began ?? now
            if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
        return nil
    }
}
