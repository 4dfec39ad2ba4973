import ArgumentParser
import Firmware
import Glibc
import Logging

/// The charger's daemon.
@main
struct Wattseald: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wattseald",
        abstract: "Runs a charger: control loop, meter, signed records, ledger.",
        discussion: """
            SIGTERM stops it gently: the car is asked to stop, the contactor opens below 0.5 A or after 6 s, the session gets \
            its end record. A second SIGTERM opens the contactor at once.
            """)

    @Option(help: "The configuration (TOML, schema wattseald/1).")
    var config: String

    @Flag(help: "Check the configuration and its profiles, and exit.")
    var check = false

    @Flag(help: "Let a board that is marked bench = true close its contactor.")
    var bench = false

    @Flag(help: "Log more.")
    var verbose = false

    @Flag(help: "Run the signer instead: the process that has the device's keys (docs/keys.md).")
    var signer = false

    /// The daemon that starts its own signer left a socket open for it.
    @Flag(help: .hidden)
    var inheritedSocket = false

    func run() throws {
        if check {
            try ConfigurationCheck.run(path: config)
            return
        }
        if inheritedSocket { SignerProcess.closeForeignDescriptors() }
        var logger = Logger(label: signer ? "wattseald-signer" : "wattseald") {
            StreamLogHandler.standardError(label: $0)
        }
        logger.logLevel = verbose ? .debug : .info

        // Blocked before any thread exists, so that every thread inherits it and only this one takes the signals.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        signal(SIGPIPE, SIG_IGN)

        let configuration = try FirmwareConfiguration(path: config)
        if signer {
            try runSigner(configuration, signals, logger)
        } else {
            try runDaemon(configuration, signals, logger)
        }
    }

    private func runDaemon(_ configuration: FirmwareConfiguration, _ signals: sigset_t, _ logger: Logger) throws {
        let daemon = try Daemon.start(configuration, path: config, benchAllowed: bench, logger: logger)
        var requests = 0
        while !daemon.isControlEnded {
            guard Self.isAsked(signals, within: 200_000_000) else { continue }
            requests += 1
            daemon.shutDown(immediately: requests > 1)
        }
        daemon.finish()
    }

    /// A signer that the daemon started lives exactly as long as the daemon: a SIGTERM to all of a service's processes, or a
    /// Ctrl-C, must not take it away before the last record is signed.
    private func runSigner(_ configuration: FirmwareConfiguration, _ signals: sigset_t, _ logger: Logger) throws {
        try SignerProcess.run(
            configuration, inherited: inheritedSocket ? SignerProcess.inheritedDescriptor : nil, logger: logger,
            until: { !inheritedSocket && Self.isAsked(signals, within: 0) })
    }

    private static func isAsked(_ signals: sigset_t, within nanoseconds: Int) -> Bool {
        var (signals, patience) = (signals, timespec(tv_sec: 0, tv_nsec: nanoseconds))
        return sigtimedwait(&signals, nil, &patience) > 0
    }
}
