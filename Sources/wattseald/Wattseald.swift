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

    @Flag(help: "Check the configuration and its profiles, and whether this board has what they name, and exit.")
    var check = false

    @Flag(help: "Start with a board that is marked bench = true, too, and let it close its contactor.")
    var bench = false

    @Flag(help: "Log more.")
    var verbose = false

    @Flag(help: "Run the signer instead: the process that has the device's keys (docs/keys.md).")
    var signer = false

    @Flag(help: "Run the technician's shell alone, where no slot may start (docs/updates.md); the launcher does that.")
    var rescue = false

    /// The daemon that starts its own signer left a socket open for it.
    @Flag(help: .hidden)
    var inheritedSocket = false

    func run() throws {
        if check {
            try ConfigurationCheck.run(path: config, onBoard: true, benchAllowed: bench)
            return
        }
        if inheritedSocket { SignerProcess.closeForeignDescriptors() }
        var logger = Logger(label: signer ? "wattseald-signer" : rescue ? "wattseald-rescue" : "wattseald") {
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

        let supervision = ServiceSupervision()
        if rescue { return try runRescue(signals, supervision, logger) }
        let configuration = try FirmwareConfiguration(path: config)
        if signer {
            try runSigner(configuration, signals, supervision, logger)
        } else {
            try runDaemon(configuration, signals, supervision, logger)
        }
    }

    private func runDaemon(
        _ configuration: FirmwareConfiguration, _ signals: sigset_t, _ supervision: ServiceSupervision, _ logger: Logger
    ) throws {
        var supervision = supervision
        let daemon = try Daemon.start(
            configuration, path: config, benchAllowed: bench, isSupervised: supervision.isSupervised, logger: logger)
        supervision.ready()
        var requests = 0
        while !daemon.isControlEnded {
            supervision.keepAlive(progress: daemon.controlPeriods)
            guard Self.isAsked(signals, within: 200_000_000) else { continue }
            requests += 1
            supervision.stopping()
            daemon.shutDown(immediately: requests > 1)
        }
        supervision.loopEnded()
        daemon.finish()
    }

    private func runRescue(_ signals: sigset_t, _ supervision: ServiceSupervision, _ logger: Logger) throws {
        var supervision = supervision
        let configuration: RescueConfiguration
        do { configuration = try RescueConfiguration(path: config) } catch {
            logger.critical("\(error)")
            // As the launcher has it where nothing may start: trying again would not mend that.
            throw ExitCode(78)
        }
        let rescue: Rescue
        do {
            rescue = try Rescue.start(configuration, isSupervised: supervision.isSupervised, logger: logger)
        } catch {
            // A disk that is full, or a line that somebody has, may not stay so. Whoever supervises tries again; not at once, since
            // each start reads all of the slots.
            logger.critical("\(error)")
            _ = Self.isAsked(signals, within: Self.pause)
            throw ExitCode.failure
        }
        supervision.ready()
        var rounds: UInt64 = 0
        while !rescue.isOver, !Self.isAsked(signals, within: 200_000_000) {
            rounds += 1
            supervision.keepAlive(progress: rounds)
        }
        supervision.loopEnded()
        rescue.stop()
    }

    /// A signer that the daemon started lives exactly as long as the daemon: a SIGTERM to all of a service's processes, or a
    /// Ctrl-C, must not take it away before the last record is signed.
    private func runSigner(
        _ configuration: FirmwareConfiguration, _ signals: sigset_t, _ supervision: ServiceSupervision, _ logger: Logger
    ) throws {
        var supervision = supervision
        var rounds: UInt64 = 0
        try SignerProcess.run(
            configuration, inherited: inheritedSocket ? SignerProcess.inheritedDescriptor : nil, logger: logger,
            ready: { supervision.ready() },
            until: {
                rounds += 1
                supervision.keepAlive(progress: rounds)
                return !inheritedSocket && Self.isAsked(signals, within: 0)
            })
        supervision.loopEnded()
    }

    /// Before the rescue shell is tried again; shorter than a supervisor waits for a start.
    private static let pause = 60_000_000_000

    private static func isAsked(_ signals: sigset_t, within nanoseconds: Int) -> Bool {
        let second = 1_000_000_000
        var (signals, patience) = (signals, timespec(tv_sec: nanoseconds / second, tv_nsec: nanoseconds % second))
        return sigtimedwait(&signals, nil, &patience) > 0
    }
}
