import Glibc

/// The open end of a line, serial or socket, that does not block. Whoever opened it closes it.
struct OpenLine {
    let descriptor: Int32
    /// For errors.
    let path: String

    /// What ended a wait.
    enum Event: Equatable { case input, woken, time }

    /// Waits until something has come, `wake` is readable, or the time is over; a line that went away counts as input.
    func wait(orWake wake: Int32, milliseconds: Int32) -> Event {
        var watched = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
        ]
        var count = poll(&watched, 2, milliseconds)
        while count < 0 && errno == EINTR { count = poll(&watched, 2, milliseconds) }
        if watched[1].revents != 0 { return .woken }
        return count == 0 ? .time : .input
    }

    /// What has come; empty when nothing has, or the line is not ready.
    func read() throws(ServiceShellError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 512)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        if count > 0 { return Array(buffer.prefix(count)) }
        if count < 0, errno == EAGAIN || errno == EINTR { return [] }
        // 0 is the end of a terminal that was hung up, and of a connection.
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
