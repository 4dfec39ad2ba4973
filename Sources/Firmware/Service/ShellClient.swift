import Glibc

/// Carries bytes between a terminal, or a pipe, and a daemon's shell socket.
public enum ShellClient {
    /// Ctrl-], the key that telnet uses.
    private static let leavingKey: UInt8 = 0x1D
    /// Runs until the daemon closes, the input ends, or Ctrl-] is pressed on a terminal.
    ///
    /// - Throws: `FirmwareError` where no daemon listens there.
    public static func run(socketPath: String, input: Int32, output: Int32) throws(FirmwareError) {
        let connection = try UnixSocketAddress.connection(to: socketPath, of: "shell socket")
        defer { close(connection) }
        var saved = termios()
        let isTerminal = tcgetattr(input, &saved) == 0
        if isTerminal {
            var raw = saved
            cfmakeraw(&raw)
            tcsetattr(input, TCSANOW, &raw)
        }
        defer { if isTerminal { tcsetattr(input, TCSANOW, &saved) } }
        carry(connection, input, output, leavesOnKey: isTerminal)
    }

    private static func carry(_ connection: Int32, _ input: Int32, _ output: Int32, leavesOnKey: Bool) {
        var isInputOpen = true
        while true {
            var watched = [
                pollfd(fd: connection, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isInputOpen ? input : -1, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&watched, 2, -1)
            if ready < 0, errno == EINTR { continue }
            if ready < 0 { return }
            if watched[0].revents != 0 {
                let bytes = take(connection)
                guard !bytes.isEmpty, put(bytes, to: output) else { return }
            }
            if watched[1].revents != 0 {
                let bytes = take(input)
                isInputOpen = !bytes.isEmpty
                let leaving = leavesOnKey ? bytes.firstIndex(of: leavingKey) : nil
                guard put(Array(bytes[..<(leaving ?? bytes.endIndex)]), to: connection), leaving == nil else { return }
                // The daemon answers what came, however long that takes, and closes.
                if !isInputOpen { shutdown(connection, Int32(SHUT_WR)) }
            }
        }
    }

    private static func take(_ descriptor: Int32) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        var count = read(descriptor, &buffer, buffer.count)
        while count < 0, errno == EINTR { count = read(descriptor, &buffer, buffer.count) }
        return Array(buffer.prefix(max(0, count)))
    }

    private static func put(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
