import FirmwareUpdate
import Glibc

/// Starts a charger's firmware: verifies the active slot, or the other where that is not whole, and becomes its program.
@main
enum WattsealLauncher {
    static let usage = """
        usage: wattseal-launcher [--slots DIR] [--roots DIR] [--socket PATH] [--board FILE] [--user NAME] [--rauc BUS]
                                 [--restart FILE] [--first-slot BUNDLE] [--rescue PROGRAM] COMMAND
          run PROGRAM [ARGUMENT…]  becomes a program of the slot to start; writes nothing. Where no slot may start, it becomes the
                                   operating system's own `PROGRAM --rescue ARGUMENT…` that --rescue names
          settle                   makes durable what a start costs and finds: a try is paid for, a damaged slot marked bad, a lost
                                   boot record made anew, a floor raised that is due
          show                     says which slot would start, and why
          first-slot BUNDLE        fills slot a of a device that has none
          updater                  takes bundles from the daemon, at --socket: receives, checks, unpacks, activates, confirms.
                                   --board is a file with the board's id and revision, --user whom the daemon runs as;
                                   --first-slot says what the device is where no slot does;
                                   where RAUC is configured, or with --rauc (system, or a bus's address), it installs images
                                   of the operating system, and the machine starts again once the file --restart is there
        Exit codes: 64 usage, 78 no slot may start, 1 anything else.
        """

    static func main() {
        var options = LauncherOptions()
        let words = options.take(CommandLine.arguments.dropFirst())
        switch (words.first, words.count) {
        case ("run", 2...): run(options, program: words[1], arguments: Array(words.dropFirst(2)))
        case ("settle", 1): settle(options)
        case ("show", 1): show(options)
        case ("first-slot", 2): firstSlot(options, bundle: words[1])
        case ("updater", 1): UpdaterCommand.run(options)
        default:
            say(usage)
            exit(64)
        }
    }

    private static func launcher(_ options: LauncherOptions, isWriting: Bool) -> SlotLauncher {
        SlotLauncher(
            storage: SlotFolder(disk: options.disk), roots: options.rootFolder,
            architecture: LauncherOptions.architecture, isWriting: isWriting)
    }

    /// The decision, said where there is something to say; ends the process where no slot may start.
    ///
    /// - Parameter instead: does something else where no slot may start, and does not come back from it; nil where nothing is.
    private static func decide(
        _ options: LauncherOptions, isWriting: Bool, instead: ((_ findings: [String]) -> Void)? = nil
    ) -> (slot: Slot, version: String) {
        let decision = launcher(options, isWriting: isWriting).decide()
        for finding in decision.findings { say(finding) }
        guard let slot = decision.slot, let manifest = decision.manifest else {
            say("no slot may start; the outputs stay off")
            instead?(decision.findings)
            exit(78)
        }
        return (slot, manifest.version)
    }

    private static func run(_ options: LauncherOptions, program: String, arguments: [String]) {
        let (slot, version) = decide(options, isWriting: false) { findings in
            if let rescue = options.rescue { become(rescue, arguments, because: findings) }
        }
        let path = options.disk.place(of: SlotFolder.path(of: program, in: slot))
        setenv("WATTSEAL_SLOT", slot.name, 1)
        say("slot \(slot.name), \(version): cannot run \(path): \(becoming(path, arguments))")
        exit(1)
    }

    /// Becomes the program that lets a technician in where no firmware does, and tells it what was found.
    private static func become(_ rescue: String, _ arguments: [String], because findings: [String]) {
        unsetenv("WATTSEAL_SLOT")
        setenv("WATTSEAL_FINDINGS", findings.joined(separator: "\n"), 1)
        say("cannot run \(rescue): \(becoming(rescue, ["--rescue"] + arguments))")
    }

    /// Becomes a program; comes back only with the reason why it did not.
    private static func becoming(_ path: String, _ arguments: [String]) -> String {
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        execv(path, &words)
        return String(cString: strerror(errno))
    }

    private static func settle(_ options: LauncherOptions) {
        let (slot, version) = decide(options, isWriting: true)
        say("slot \(slot.name), \(version), starts")
    }

    private static func show(_ options: LauncherOptions) {
        let (slot, version) = decide(options, isWriting: false)
        print("slot \(slot.name), \(version)")
    }

    private static func firstSlot(_ options: LauncherOptions, bundle path: String) {
        do throws(FirmwareUpdateError) {
            let file = try BundleFile(path: path)
            let first = FirstSlot(
                slots: SlotFolder(disk: options.disk), root: try options.rootFolder.newestRoot(atLeast: 0),
                architecture: LauncherOptions.architecture)
            let image = try first.install { (count) throws(FirmwareUpdateError) in try file.read(count) }
            say("slot a, \(image.version), counter \(image.securityCounter), is ready")
        } catch {
            say("\(path): \(error)")
            exit(1)
        }
    }

    static func say(_ text: String) {
        let bytes = Array("wattseal-launcher: \(text)\n".utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
