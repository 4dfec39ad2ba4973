import Glibc

/// A serial device in raw mode, 8N1, for reading only.
final class SerialLine: Sendable {
    let path: String
    private let descriptor: Int32

    /// The speeds that a profile may name, in bits a second.
    static let speeds: [(baud: Int64, code: speed_t)] = [
        (115_200, speed_t(B115200)), (230_400, speed_t(B230400)), (460_800, speed_t(B460800)),
        (921_600, speed_t(B921600)),
    ]

    /// Opens the device, and refuses one that is no terminal or is in use.
    init(path: String, baud: Int) throws(BoardError) {
        self.path = path
        guard let speed = Self.speeds.first(where: { $0.baud == baud }) else {
            throw .outOfRange(what: "\(path) in bits a second", found: Int64(baud), low: 115_200, high: 921_600)
        }
        descriptor = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw .device(call: "open", path: path, errno: errno) }
        do throws(BoardError) {
            try Self.claim(descriptor, path, speed.code)
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    private static func claim(_ descriptor: Int32, _ path: String, _ speed: speed_t) throws(BoardError) {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .device(call: "flock", path: path, errno: errno) }
        var settings = termios()
        guard tcgetattr(descriptor, &settings) == 0 else {
            throw .device(call: "tcgetattr", path: path, errno: errno)
        }
        cfmakeraw(&settings)
        settings.c_cflag &= ~tcflag_t(PARENB | CSTOPB) & ~tcflag_t(CRTSCTS)
        settings.c_cflag |= tcflag_t(CLOCAL | CREAD)
        guard cfsetispeed(&settings, speed) == 0, cfsetospeed(&settings, speed) == 0,
            tcsetattr(descriptor, TCSANOW, &settings) == 0
        else { throw .device(call: "tcsetattr", path: path, errno: errno) }
        tcflush(descriptor, TCIFLUSH)
    }

    /// Waits at most this long for bytes.
    func waitForBytes(milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, milliseconds) > 0
    }

    /// Takes what has come; how many bytes that were.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(BoardError) -> Int {
        let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        if count > 0 { return count }
        if count < 0, errno == EAGAIN || errno == EINTR { return 0 }
        // 0 is the end of a line that was hung up.
        throw .device(call: "read", path: path, errno: count == 0 ? EIO : errno)
    }
}
