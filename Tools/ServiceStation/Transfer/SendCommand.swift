import ArgumentParser
import FoundationEssentials
import Glibc
import ServiceShell

/// `send`: a bundle to a charger, over its service shell.
struct SendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send", abstract: "Sends a bundle to a charger over its service shell, and has it checked there.",
        discussion: """
            A cable that was pulled may be put back: for so many seconds as --patience says it is tried again, and the transfer goes \
            on where it was. Without --key, somebody must be logged in already.
            """)

    @Argument(help: "The bundle.")
    var bundle: String

    @Argument(help: "The serial device, for example /dev/ttyUSB0.")
    var device: String

    @Option(help: "Bits a second.")
    var baud = 115_200

    @OptionGroup var login: LoginOptions

    @Option(help: "Seconds without a byte taken, after which it is given up.")
    var patience = 120

    @Flag(help: "Have it tried at the next start.")
    var activate = false

    @Flag(help: "With --activate: without the ledger's proof, and in spite of a condition that fails already.")
    var override = false

    func run() throws {
        let bytes = Array(try Data(contentsOf: URL(filePath: bundle)))
        let signer = try login.signer()
        var bar = ProgressBar(isTerminal: isatty(STDERR_FILENO) == 1, at: ProgressBar.now())
        var (most, lastMoved) = (-1, ProgressBar.now())
        while true {
            do {
                try attempt(bytes, signer) { sent, total in
                    if sent > most { (most, lastMoved) = (sent, ProgressBar.now()) }
                    if let text = bar.text(sent: sent, of: total, at: ProgressBar.now()) { ConsoleCommand.say(text) }
                }
                return
            } catch let error as StationError {
                guard error.isOfTheLine, ProgressBar.now() - lastMoved < Int64(patience) * 1_000 else { throw error }
                ConsoleCommand.say("\n\(error); trying again\n")
                sleep(1)
            }
        }
    }

    private func attempt(
        _ bytes: [UInt8], _ signer: LoginSigner?, progress: @escaping (Int, Int) -> Void
    ) throws {
        let line = try TerminalDevice(path: device, baud: baud)
        defer { withExtendedLifetime(line) {} }
        if let signer { _ = try LoginExchange(line: line.descriptor, device: device).logIn(signer) }
        var sender = try BundleSender(
            bytes, path: bundle, over: MachineLine(descriptor: line.descriptor, device: device), progress: progress)
        try sender.send()
        try sender.verify()
        ConsoleCommand.say("checked and unpacked: it can be activated\n")
        if activate {
            try sender.activate(overriding: override)
            ConsoleCommand.say("activated: it is tried at the next start\n")
        }
    }
}

extension StationError {
    /// Whether it is about the cable, which may come back.
    var isOfTheLine: Bool {
        switch self {
        case .file, .noAnswer: true
        default: false
        }
    }
}
