import Glibc

/// An open terminal device in raw mode, used by this process alone.
///
/// 8N1, no flow control, modem lines without effect (technicians' cables have three wires). Bytes received in error and BREAK are
/// marked in the stream (PARMRK), see `MarkedLine`. Closing puts the old settings back.
struct SerialDevice: ~Copyable {
    private let descriptor: Int32
    private let saved: termios
    private let path: String

    private init(descriptor: Int32, saved: termios, path: String) {
        self.descriptor = descriptor
        self.saved = saved
        self.path = path
    }

    /// Opens the device, and refuses one that is no terminal or is in use.
    static func opened(at path: String, speed: SerialSpeed) throws(ServiceShellError) -> SerialDevice {
        let descriptor = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw .device(path: path, call: "open", errno: errno) }
        do throws(ServiceShellError) {
            let saved = try claim(descriptor, path: path, speed: speed)
            return SerialDevice(descriptor: descriptor, saved: saved, path: path)
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Makes the terminal this process's own and raw; returns the settings that it had.
    private static func claim(_ descriptor: Int32, path: String, speed: SerialSpeed) throws(ServiceShellError)
        -> termios
    {
        guard isatty(descriptor) == 1 else { throw .notATerminal(path: path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .device(path: path, call: "flock", errno: errno) }
        var saved = termios()
        guard tcgetattr(descriptor, &saved) == 0 else { throw .device(path: path, call: "tcgetattr", errno: errno) }
        var raw = saved
        cfmakeraw(&raw)
        raw.c_iflag &= ~tcflag_t(IGNBRK | BRKINT | IGNPAR | IXON | IXOFF)
        raw.c_iflag |= tcflag_t(PARMRK | INPCK)
        raw.c_cflag &= ~tcflag_t(PARENB | CSTOPB) & ~tcflag_t(CRTSCTS)
        raw.c_cflag |= tcflag_t(CLOCAL | CREAD)
        guard cfsetispeed(&raw, speed.code) == 0, cfsetospeed(&raw, speed.code) == 0,
            tcsetattr(descriptor, TCSANOW, &raw) == 0
        else { throw .device(path: path, call: "tcsetattr", errno: errno) }
        tcflush(descriptor, TCIFLUSH)
        return saved
    }

    deinit {
        var settings = saved
        tcsetattr(descriptor, TCSANOW, &settings)
        close(descriptor)
    }

    /// The open end.
    var line: OpenLine { OpenLine(descriptor: descriptor, path: path) }

    /// Sets another speed, once what was written has left.
    func set(_ speed: SerialSpeed) throws(ServiceShellError) {
        var settings = termios()
        guard tcgetattr(descriptor, &settings) == 0 else {
            throw .device(path: path, call: "tcgetattr", errno: errno)
        }
        guard cfsetispeed(&settings, speed.code) == 0, cfsetospeed(&settings, speed.code) == 0,
            tcsetattr(descriptor, TCSADRAIN, &settings) == 0
        else { throw .device(path: path, call: "tcsetattr", errno: errno) }
        // What came while the two ends had different speeds is nothing.
        tcflush(descriptor, TCIFLUSH)
    }

    /// Whether the other end is there, by its carrier; nil where the device cannot tell.
    var hasCarrier: Bool? {
        // TIOCMGET and TIOCM_CAR, ioctl_tty(2); Swift's Glibc has neither.
        var bits: Int32 = 0
        return ioctl(descriptor, 0x5415 as UInt, &bits) == 0 ? bits & 0x040 != 0 : nil
    }

    /// Bytes that the driver or its buffer lost since it was loaded; nil where it does not count them. Unlike bytes in error they
    /// leave no mark in the stream.
    var overruns: UInt64? {
        // TIOCGICOUNT fills a serial_icounter_struct of 20 integers: the eighth counts overruns, the eleventh those of the buffer.
        var counts = [Int32](repeating: 0, count: 20)
        guard ioctl(descriptor, 0x545D as UInt, &counts) == 0 else { return nil }
        return UInt64(UInt32(bitPattern: counts[7])) + UInt64(UInt32(bitPattern: counts[10]))
    }
}
