import ArgumentParser
import Firmware
import Glibc

/// `wattseal status`: what a running daemon says of itself.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows what a running daemon says of itself.")

    @Option(help: "The daemon's status socket.")
    var socket: String

    @Flag(help: "One JSON object a line.")
    var json = false

    @Flag(help: "Repeat until interrupted: in place on a terminal, a line for each change in a pipe.")
    var watch = false

    func run() throws {
        if watch { Self.takeSignals() }
        var last = ""
        repeat {
            let report = try StatusClient.read(socketPath: socket)
            let text = json ? report.json() : StatusLine(report).text
            if !watch || text != last { try show(text) }
            last = text
            if watch { usleep(250_000) }
        } while watch
    }

    private func show(_ text: String) throws {
        let inPlace = watch && !json && isatty(STDOUT_FILENO) == 1
        try FileBytes.write(Array((inPlace ? "\r\u{1B}[K\(text)" : "\(text)\n").utf8), to: "-")
    }

    /// Whoever starts this may have SIGTERM blocked, and the block is inherited; a watch must end when it is told to.
    private static func takeSignals() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }
}
