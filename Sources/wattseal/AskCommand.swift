import ArgumentParser
import Firmware

/// `wattseal ask`: asks a running daemon for a limit, a stop, other phases, a self-test or a flight recording.
struct AskCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ask",
        abstract: "Asks a running daemon for a limit or an action.",
        discussion: """
            grid MA SECONDS               the grid operator's limit per phase, and how long it holds
            owner MA|free|stop|go [N]     the owner's limit, its end, his stop, and its end; for connector N or all
            phases 1|3 [N]                charge on one phase or three, where they can be switched
            self-test [N]                 test the residual-current monitor
            recording [N]                 write the flight recorder to a file
            voucher HEX [N]               charge on a voucher at connector N while the ledger is out of reach
            rotate-keys                   new keys for the device, between sessions; whoever may write to the socket may ask
            """)

    @Option(help: "The daemon's control socket.")
    var socket: String

    @Argument(help: "The request.")
    var request: [String]

    func run() throws { print(try ControlClient.ask(request.joined(separator: " "), socketPath: socket)) }
}
