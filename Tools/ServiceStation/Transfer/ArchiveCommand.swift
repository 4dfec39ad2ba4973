import ArgumentParser
import FoundationEssentials
import Glibc
import ServiceShell

/// `archive`: a diagnostics archive from a charger, over its service shell.
struct ArchiveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive", abstract: "Fetches a diagnostics archive from a charger over its service shell.",
        discussion: """
            The charger makes and signs it; wattseal bundle verify checks that. Flight recordings are not in it: a serial line would \
            carry them for minutes. Without --key, somebody must be logged in already.
            """)

    @Argument(help: "The serial device, for example /dev/ttyUSB0.")
    var device: String

    @Option(name: .shortAndLong, help: "Where to write the tar.")
    var output: String

    @Option(help: "Bits a second.")
    var baud = 115_200

    @OptionGroup var login: LoginOptions

    func run() throws {
        let signer = try login.signer()
        let line = try TerminalDevice(path: device, baud: baud)
        defer { withExtendedLifetime(line) {} }
        if let signer { _ = try LoginExchange(line: line.descriptor, device: device).logIn(signer) }
        var bar = ProgressBar(isTerminal: isatty(STDERR_FILENO) == 1, at: ProgressBar.now())
        var fetcher = ArchiveFetcher(over: MachineLine(descriptor: line.descriptor, device: device)) { fetched, total in
            if let text = bar.text(sent: fetched, of: total, at: ProgressBar.now()) { ConsoleCommand.say(text) }
        }
        let (archive, missing) = try fetcher.fetch()
        try Data(archive).write(to: URL(filePath: output), options: .atomic)
        ConsoleCommand.say("\(archive.count) bytes in \(output)\n")
        if let missing { ConsoleCommand.say("missing in it: \(missing)\n") }
    }
}
