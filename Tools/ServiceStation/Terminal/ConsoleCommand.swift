import ArgumentParser
import Glibc

/// `console DEVICE`: a raw terminal to a charger's service shell.
struct ConsoleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console",
        abstract: "Connects this terminal to a serial device. Ctrl-] leaves.",
        discussion: """
            Every key goes to the charger as it is, Ctrl-C too. When standard input is no terminal, the console leaves \
            after its end, as soon as the charger has been silent for the time of --linger.
            """)

    @Argument(help: "The serial device, for example /dev/ttyUSB0.")
    var device: String

    @Option(help: "Bits a second.")
    var baud = 115_200

    @Option(help: "Milliseconds of silence after the end of the input.")
    var linger: Int32 = 1_000

    func run() throws {
        let line = try TerminalDevice(path: device, baud: baud)
        try Self.connect(line, device: device, linger: linger)
    }

    /// Connects this terminal to an open line until one of them ends.
    static func connect(_ line: TerminalDevice, device: String, linger: Int32) throws {
        let isInteractive = isatty(STDIN_FILENO) == 1
        let keyboard = isInteractive ? try RawKeyboard(descriptor: STDIN_FILENO) : nil
        defer { keyboard?.restore() }
        if isInteractive { say("connected to \(device); Ctrl-] leaves\r\n") }
        let signals = try EndingSignals()
        let console = Console(
            input: STDIN_FILENO, output: STDOUT_FILENO, line: line.descriptor, end: signals.descriptor, linger: linger,
            leavesOnKey: isInteractive)
        let ending = console.run()
        keyboard?.restore()
        if isInteractive { say("\ndisconnected\n") }
        if ending == .lineLost { throw StationError.file(path: device, call: "read", errno: EIO) }
    }

    /// To the technician, not into what the charger says.
    static func say(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
