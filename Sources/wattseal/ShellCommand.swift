import ArgumentParser
import Firmware
import Glibc

/// `wattseal shell`: the technician's shell of a running daemon, from this machine.
struct ShellCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell",
        abstract: "Opens the service shell of a running daemon on this machine.",
        discussion: """
            root has the role service there, everyone else whom the socket lets in looks. On a terminal, Ctrl-] leaves. From a \
            pipe it leaves once the daemon has answered all of it.
            """)

    @Option(help: "The daemon's shell socket.")
    var socket: String

    func run() throws { try ShellClient.run(socketPath: socket, input: STDIN_FILENO, output: STDOUT_FILENO) }
}
