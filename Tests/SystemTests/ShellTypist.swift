import Foundation
import Testing

/// Somebody who types at `wattseal shell --socket`, and reads what comes until the prompt.
final class ShellTypist {
    private let process = Process()
    private let keyboard = Pipe()
    private let screen = Pipe()
    private static let prompt = "wattseal> "

    /// What was typed and shown: one entry a command, and the greeting under an empty one.
    private(set) var dialogue: [(typed: String, shown: String)] = []

    init(socket: String) async throws {
        process.executableURL = URL(fileURLWithPath: try Binaries.path("wattseal"))
        process.arguments = ["shell", "--socket", socket]
        process.standardInput = keyboard
        process.standardOutput = screen
        process.standardError = FileHandle.nullDevice
        try process.run()
        dialogue.append(("", try await untilPrompt(seconds: 30)))
    }

    deinit {
        try? keyboard.fileHandleForWriting.close()
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    /// Types a line; what is shown for it, without its echo.
    @discardableResult
    func type(_ line: String, seconds: Double = 120) async throws -> String {
        try keyboard.fileHandleForWriting.write(contentsOf: Data((line + "\r").utf8))
        var shown = try await untilPrompt(seconds: seconds)
        if let end = shown.range(of: "\n") { shown = String(shown[end.upperBound...]) }
        dialogue.append((line, shown))
        return shown
    }

    private func untilPrompt(seconds: Double) async throws -> String {
        let descriptor = screen.fileHandleForReading.fileDescriptor
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        var (text, buffer) = ("", [UInt8](repeating: 0, count: 4_096))
        let deadline = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < deadline {
            let count = read(descriptor, &buffer, buffer.count)
            try #require(count != 0, "the shell ended: \(text)")
            guard count > 0 else {
                let shown = Self.plain(text)
                if shown.hasSuffix(Self.prompt) { return String(shown.dropLast(Self.prompt.count)) }
                try await Task.sleep(for: .milliseconds(20))
                continue
            }
            text += String(decoding: buffer[..<count], as: UTF8.self)
        }
        throw RigError.late("the prompt: not within \(seconds) s; shown: \(text)")
    }

    /// Without what steers a terminal, and with plain line ends.
    private static func plain(_ text: String) -> String {
        // By scalars: a carriage return and its line feed are one character.
        let lines = String(String.UnicodeScalarView(text.unicodeScalars.filter { $0 != "\r" }))
        return lines.replacing(#/\x1B(\[[0-9;?]*[A-Za-z]|[0-9])/#, with: "")
    }
}
