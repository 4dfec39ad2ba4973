import Glibc

/// Carries bytes between a keyboard and a line until one of them ends. Works on any descriptors.
struct Console {
    /// Ctrl-], the key that telnet uses.
    static let leavingKey: UInt8 = 0x1D

    /// Why the console came to its end.
    enum Ending: Equatable {
        case leavingKey, endOfInput, signal, lineLost, outputClosed
    }

    let input: Int32
    let output: Int32
    let line: Int32
    /// Readable when the console is to end.
    let end: Int32
    /// Milliseconds of silence on the line that end the console once the input has ended.
    let linger: Int32
    /// Whether `leavingKey` leaves; otherwise it is a byte like any other.
    let leavesOnKey: Bool

    func run() -> Ending {
        var inputIsOpen = true
        while true {
            var watched = [
                pollfd(fd: line, events: Int16(POLLIN), revents: 0), pollfd(fd: end, events: Int16(POLLIN), revents: 0),
                pollfd(fd: inputIsOpen ? input : -1, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&watched, 3, inputIsOpen ? -1 : linger)
            if ready < 0, errno == EINTR { continue }
            if ready == 0 { return .endOfInput }
            if watched[1].revents != 0 { return .signal }
            if watched[0].revents != 0 {
                guard let bytes = Self.read(line), !bytes.isEmpty else { return .lineLost }
                guard Self.write(bytes, to: output) else { return .outputClosed }
            }
            if watched[2].revents != 0 {
                let bytes = Self.read(input) ?? []
                if bytes.isEmpty { inputIsOpen = false }
                let leaving = leavesOnKey ? bytes.firstIndex(of: Self.leavingKey) : nil
                guard Self.write(Array(bytes[..<(leaving ?? bytes.endIndex)]), to: line) else { return .lineLost }
                if leaving != nil { return .leavingKey }
            }
        }
    }

    /// Bytes that have come, none at the end, `nil` on an error.
    private static func read(_ descriptor: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count >= 0 { return Array(buffer.prefix(count)) }
            if errno != EINTR && errno != EAGAIN { return nil }
        }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count < 0, errno == EAGAIN {
                var watched = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&watched, 1, -1)
            } else if count < 0, errno == EINTR {
                continue
            } else {
                return false
            }
        }
        return true
    }
}
