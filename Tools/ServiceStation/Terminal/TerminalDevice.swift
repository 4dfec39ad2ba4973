import Glibc

/// A serial device in raw mode: 8N1, no flow control, modem lines ignored. Closing puts the old settings back.
final class TerminalDevice {
    let descriptor: Int32
    private var saved = termios()

    private static let speeds: [Int: Int32] = [
        9_600: B9600, 19_200: B19200, 38_400: B38400, 57_600: B57600, 115_200: B115200, 230_400: B230400,
        460_800: B460800, 921_600: B921600,
    ]

    init(path: String, baud: Int) throws {
        guard let speed = Self.speeds[baud] else { throw StationError.unsupportedSpeed(baud) }
        descriptor = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw StationError.file(path: path, call: "open", errno: errno) }
        guard isatty(descriptor) == 1 else { throw StationError.notATerminal(path: path) }
        // Two consoles on one cable would each get half of every answer.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw StationError.file(path: path, call: "flock", errno: errno)
        }
        guard tcgetattr(descriptor, &saved) == 0 else {
            throw StationError.file(path: path, call: "tcgetattr", errno: errno)
        }
        var raw = saved
        cfmakeraw(&raw)
        raw.c_iflag &= ~tcflag_t(IXON | IXOFF)
        raw.c_cflag &= ~tcflag_t(PARENB | CSTOPB) & ~tcflag_t(CRTSCTS)
        raw.c_cflag |= tcflag_t(CLOCAL | CREAD)
        cfsetispeed(&raw, speed_t(speed))
        cfsetospeed(&raw, speed_t(speed))
        guard tcsetattr(descriptor, TCSANOW, &raw) == 0 else {
            throw StationError.file(path: path, call: "tcsetattr", errno: errno)
        }
    }

    deinit {
        guard descriptor >= 0 else { return }
        // Settings are put back only where they were read.
        if saved.c_cflag != 0 { tcsetattr(descriptor, TCSANOW, &saved) }
        close(descriptor)
    }
}

/// The technician's own terminal in raw mode.
final class RawKeyboard {
    private let descriptor: Int32
    private var saved = termios()

    init(descriptor: Int32) throws {
        self.descriptor = descriptor
        guard tcgetattr(descriptor, &saved) == 0 else {
            throw StationError.file(path: "standard input", call: "tcgetattr", errno: errno)
        }
        var raw = saved
        cfmakeraw(&raw)
        guard tcsetattr(descriptor, TCSANOW, &raw) == 0 else {
            throw StationError.file(path: "standard input", call: "tcsetattr", errno: errno)
        }
    }

    /// Puts the terminal back as it was. Idempotent.
    func restore() { tcsetattr(descriptor, TCSANOW, &saved) }
}
