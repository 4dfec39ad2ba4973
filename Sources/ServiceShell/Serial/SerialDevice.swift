import Glibc

/// An open terminal device in raw mode, used by this process alone.
///
/// 8N1, no flow control, modem lines ignored (technicians' cables have three wires). Bytes received in error and BREAK are
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

    /// Waits until the device can be read or `wake` is readable.
    ///
    /// - Returns: whether it was the device; a device that went away counts as readable.
    func waitForInput(orWake wake: Int32) -> Bool {
        var watched = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
        ]
        while poll(&watched, 2, -1) < 0 && errno == EINTR {}
        return watched[1].revents == 0
    }

    /// What has come; empty when nothing has, or the device is not ready.
    func read() throws(ServiceShellError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 512)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        if count > 0 { return Array(buffer.prefix(count)) }
        if count < 0, errno == EAGAIN || errno == EINTR { return [] }
        // 0 is the end of a terminal that was hung up.
        throw .device(path: path, call: "read", errno: count == 0 ? EIO : errno)
    }

    /// Writes all bytes, waiting for a slow line, but never longer than `patience` milliseconds for the next byte to move:
    /// a cable that nobody reads must not hold the shell.
    ///
    /// - Returns: whether all were sent; the rest is dropped.
    func write(_ bytes: [UInt8], orWake wake: Int32, patience: Int32 = 2_000) throws(ServiceShellError) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
                continue
            }
            if count < 0, errno == EINTR { continue }
            guard count < 0, errno == EAGAIN else { throw .device(path: path, call: "write", errno: errno) }
            var watched = [
                pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&watched, 2, patience)
            if ready == 0 || (ready > 0 && watched[1].revents != 0) {
                // What could not be sent is dropped, here and in the driver.
                tcflush(descriptor, TCOFLUSH)
                return false
            }
        }
        return true
    }
}
