import Glibc

/// An open way to a reader, never waiting: what cannot be read or written now is not.
struct ReaderPort: ~Copyable {
    let descriptor: Int32
    private let path: String

    /// Opens it. A serial device becomes raw and this process's own.
    static func opened(_ address: ReaderAddress) throws(ReaderPortError) -> ReaderPort {
        switch address {
        case .serial(let path, let baud): try serial(path, baud)
        case .socket(let path): try socket(path)
        }
    }

    private init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    /// What has come; empty when nothing has.
    func read() throws(ReaderPortError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 2_048)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        if count > 0 { return Array(buffer.prefix(count)) }
        if count < 0, errno == EAGAIN || errno == EINTR { return [] }
        throw .closed(path: path)
    }

    /// Writes as much as the line takes now and drops the rest: a reader that does not read misses lines, and the protocol
    /// repeats them.
    func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private static func serial(_ path: String, _ baud: Int) throws(ReaderPortError) -> ReaderPort {
        let descriptor = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(path: path, call: "open", errno: errno) }
        let port = ReaderPort(descriptor: descriptor, path: path)
        guard isatty(descriptor) == 1 else { throw .notATerminal(path: path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .system(path: path, call: "flock", errno: errno) }
        var raw = termios()
        guard tcgetattr(descriptor, &raw) == 0 else { throw .system(path: path, call: "tcgetattr", errno: errno) }
        cfmakeraw(&raw)
        // A byte in error is left out: the checksum finds the hole.
        raw.c_iflag |= tcflag_t(IGNBRK | IGNPAR)
        raw.c_cflag &= ~tcflag_t(PARENB | CSTOPB) & ~tcflag_t(CRTSCTS)
        raw.c_cflag |= tcflag_t(CLOCAL | CREAD)
        let speed = speed(baud)
        guard cfsetispeed(&raw, speed) == 0, cfsetospeed(&raw, speed) == 0, tcsetattr(descriptor, TCSANOW, &raw) == 0
        else { throw .system(path: path, call: "tcsetattr", errno: errno) }
        tcflush(descriptor, TCIFLUSH)
        return port
    }

    private static func speed(_ baud: Int) -> speed_t {
        switch baud {
        case 19_200: speed_t(B19200)
        case 38_400: speed_t(B38400)
        case 57_600: speed_t(B57600)
        case 115_200: speed_t(B115200)
        default: speed_t(B9600)
        }
    }

    private static func socket(_ path: String) throws(ReaderPortError) -> ReaderPort {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard path.utf8.count < room.count else { return false }
            room.copyBytes(from: path.utf8)
            return true
        }
        guard fits else { throw .pathTooLong(path: path) }
        let descriptor = Glibc.socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw .system(path: path, call: "socket", errno: errno) }
        let port = ReaderPort(descriptor: descriptor, path: path)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else { throw .system(path: path, call: "connect", errno: errno) }
        return port
    }
}

/// The kernel's words for an error number.
func systemWords(_ errno: Int32) -> String { String(cString: strerror(errno)) }
