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

    func run() throws {
        if check {
            try ConfigurationCheck.run(path: config)
            return
        }
        let configuration = try FirmwareConfiguration(path: config)
        var logger = Logger(label: "wattseald") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = verbose ? .debug : .info

        // Blocked before any thread exists, so that every thread inherits it and only this one takes the signals.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        signal(SIGPIPE, SIG_IGN)

        let daemon = try Daemon.start(configuration, benchAllowed: bench, logger: logger)
        var requests = 0
        while !daemon.isControlEnded {
            var patience = timespec(tv_sec: 0, tv_nsec: 200_000_000)
            guard sigtimedwait(&signals, nil, &patience) > 0 else { continue }
            requests += 1
            daemon.shutDown(immediately: requests > 1)
        }
        daemon.finish()
    }
}
