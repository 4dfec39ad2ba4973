import Foundation
import Testing

/// A cable with a serial device at either end: what goes in at one comes out at the other.
final class SerialCable: Sendable {
    /// The two devices.
    let ends: (String, String)
    private let masters: (Int32, Int32)
    /// Held open, so that an end that nobody uses is no hang-up.
    private let held: (Int32, Int32)

    init() throws {
        let (one, other) = (try Self.terminal(), try Self.terminal())
        (masters, ends) = ((one.master, other.master), (one.path, other.path))
        held = (try Self.opened(one.path), try Self.opened(other.path))
        let masters = masters
        Thread.detachNewThread { Self.carry(from: masters.0, to: masters.1) }
        Thread.detachNewThread { Self.carry(from: masters.1, to: masters.0) }
    }

    deinit {
        for descriptor in [held.0, held.1] { close(descriptor) }
    }

    private static func terminal() throws -> (master: Int32, path: String) {
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(master >= 0)
        // TIOCSPTLCK and TIOCGPTN, ioctl_tty(2).
        var (locked, number): (Int32, Int32) = (0, 0)
        try #require(ioctl(master, 0x4004_5431 as UInt, &locked) == 0)
        try #require(ioctl(master, 0x8004_5430 as UInt, &number) == 0)
        return (master, "/dev/pts/\(number)")
    }

    private static func opened(_ path: String) throws -> Int32 {
        let descriptor = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(descriptor >= 0)
        var raw = termios()
        tcgetattr(descriptor, &raw)
        cfmakeraw(&raw)
        tcsetattr(descriptor, TCSANOW, &raw)
        return descriptor
    }

    /// Until the last device of an end is closed.
    private static func carry(from source: Int32, to target: Int32) {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(source, &buffer, buffer.count)
            guard count > 0 else { break }
            var rest = buffer.prefix(count)
            while !rest.isEmpty {
                let written = rest.withUnsafeBytes { write(target, $0.baseAddress, $0.count) }
                guard written > 0 else { return }
                rest = rest.dropFirst(written)
            }
        }
        close(source)
    }
}
