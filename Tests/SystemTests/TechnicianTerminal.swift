import Foundation
import Testing

/// A technician with a terminal and nothing else, at one end of a cable.
final class TechnicianTerminal {
    let descriptor: Int32
    /// What was shown behind the text that was waited for last.
    private var rest = ""

    init(_ path: String) throws {
        descriptor = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(descriptor >= 0)
        var raw = termios()
        tcgetattr(descriptor, &raw)
        cfmakeraw(&raw)
        tcsetattr(descriptor, TCSANOW, &raw)
    }

    deinit { close(descriptor) }

    func type(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// What is shown up to a text, and with it. The limit only ends a test that has failed.
    @discardableResult
    func read(until text: String, seconds: Double = 120) throws -> String {
        let deadline = Date() + seconds
        var shown = rest
        rest = ""
        while true {
            if let found = shown.range(of: text) {
                rest = String(shown[found.upperBound...])
                return String(shown[..<found.upperBound])
            }
            var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard Date() < deadline, poll(&watched, 1, 1_000) >= 0 else {
                throw RigError.late("no \"\(text)\" in \"\(shown)\"")
            }
            guard watched.revents != 0 else { continue }
            var buffer = [UInt8](repeating: 0, count: 4_096)
            let count = Foundation.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { throw RigError.failed("the terminal is gone: \"\(shown)\"") }
            shown += String(decoding: buffer.prefix(count), as: UTF8.self)
        }
    }

    /// Gives a command that changes the device; what is shown from its confirmation to a text.
    func confirm(_ command: String, until text: String) throws -> String {
        type(command + "\r")
        let asked = try read(until: "within 20 s")
        let token = try #require(asked.firstMatch(of: /confirm ([0-9A-F]{4})/)?.1, "\(asked)")
        try read(until: "wattseal> ")
        type("confirm \(token)\r")
        return try read(until: text)
    }

    /// Starts Debian's `sz`, as minicom and picocom do.
    func send(_ file: String) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/sz")
        process.arguments = ["-vv", file]
        process.standardInput = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        process.standardOutput = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }
}

extension Trait where Self == ConditionTrait {
    /// Runs only where Debian's ZMODEM is.
    static var needsZModem: Self {
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/sz"), "lrzsz is not installed")
    }
}
