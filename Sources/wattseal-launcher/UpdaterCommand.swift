import CLinux
import FirmwareUpdate
import Glibc
import RAUC
import SignedRecords

/// `updater`: the one process that writes slots while the charger runs. It does what the daemon asks, and believes it nothing about
/// a release (docs/updates.md, "The updater").
enum UpdaterCommand {
    /// The number of the operating system's part of the firmware; a manifest may ask for one at least.
    static let system: UInt32 = 1

    static func run(_ options: LauncherOptions) {
        do throws(FirmwareUpdateError) {
            let board = try board(options.board)
            let user = try options.user.map { (name) throws(FirmwareUpdateError) in try Self.user(name) }
            let desk = UpdaterDesk(
                disk: options.disk, packagedRoots: FolderDisk(path: options.roots), board: board,
                architecture: LauncherOptions.architecture, system: system,
                installer: try installer(options), firstRelease: { firstRelease(options.firstSlot) },
                now: synchronisedTime)
            serve(desk, options.socket, user)
        } catch {
            WattsealLauncher.say("\(error)")
            exit(1)
        }
    }

    private static func serve(_ desk: UpdaterDesk, _ socket: String, _ user: UInt32?) {
        do throws(UpdaterFault) {
            signal(SIGPIPE, SIG_IGN)
            // Whoever started it may have left signals blocked; SIGTERM has to end it.
            var none = sigset_t()
            sigemptyset(&none)
            sigprocmask(SIG_SETMASK, &none, nil)
            let server = try UpdaterServer(desk, listeningAt: socket, user: user) { WattsealLauncher.say($0) }
            WattsealLauncher.say("updates at \(socket)")
            // Its unit ends it by a signal: each step is one durable write, wherever that comes.
            try server.run(until: { false })
        } catch {
            WattsealLauncher.say("\(error)")
            exit(1)
        }
    }

    /// RAUC, where the device has it; nil otherwise.
    private static func installer(_ options: LauncherOptions) throws(FirmwareUpdateError) -> SystemUpdates.Access? {
        guard options.isRAUCUsed else { return nil }
        let identity = String(decoding: try BundleFile(path: "/proc/sys/kernel/random/boot_id").read(64), as: UTF8.self)
        guard let bootID = identity.split(separator: "\n").first.map(String.init), bootID.count == 36 else {
            throw .missing("an id of this start of the machine, of 36 characters")
        }
        let path = options.restart
        return SystemUpdates.Access(
            installer: RAUCInstaller(address: options.bus), bootID: bootID,
            imagePath: options.disk.place(of: SystemFolder.image)
        ) { () throws(FirmwareUpdateError) in
            // A unit of the system's watches for it; this process may not do more.
            let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { throw .storage(call: "open", path: path, errno: errno) }
            close(descriptor)
        }
    }

    /// What the operating system's own bundle says; root alone writes it. nil where it is not there, or cannot be read.
    private static func firstRelease(_ path: String) -> ReleaseManifest? {
        do throws(FirmwareUpdateError) {
            let file = try BundleFile(path: path)
            let preamble = try file.read(BundleEnvelope.preambleLength)
            let rest = try file.read(try BundleEnvelope.headerEnd(preamble: preamble) - preamble.count)
            return try ReleaseManifest(decoding: try BundleEnvelope(decoding: preamble + rest).manifestBytes)
        } catch {
            return nil
        }
    }

    private static func board(_ path: String) throws(FirmwareUpdateError) -> UpdaterDesk.Board {
        let file = try BundleFile(path: path)
        let bytes = try file.read(256)
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first.map(String.init) ?? ""
        return try UpdaterDesk.Board(line: line)
    }

    private static func user(_ name: String) throws(FirmwareUpdateError) -> UInt32 {
        if let number = UInt32(name) { return number }
        var (entry, found) = (passwd(), UnsafeMutablePointer<passwd>?.none)
        var memory = [CChar](repeating: 0, count: 4_096)
        guard getpwnam_r(name, &entry, &memory, memory.count, &found) == 0, found != nil else {
            throw .missing("a user of this machine named \(name)")
        }
        return entry.pw_uid
    }

    /// UTC where a time source holds the clock; nil otherwise.
    private static func synchronisedTime() -> UTCMilliseconds? {
        var state = clinux_clock_state()
        guard clinux_read_clock_state(&state) == 0, state.is_synchronised else { return nil }
        var time = timespec()
        guard clock_gettime(CLOCK_REALTIME, &time) == 0 else { return nil }
        return UTCMilliseconds(Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
