import FirmwareUpdate
import Glibc

/// Where the launcher looks.
struct LauncherOptions {
    var slots = "/var/lib/wattseal-slots"
    var roots = "/usr/share/wattseal/roots"
    /// Where the updater listens.
    var socket = "/run/wattseal-updater/updater.sock"
    /// Which board this is, and which revision.
    var board = "/etc/wattseal/board"
    /// Whether RAUC installs images of the operating system here: where it is configured, or by `--rauc`.
    var isRAUCUsed = access("/etc/rauc/system.conf", F_OK) == 0
    /// RAUC's bus, as D-Bus writes it; nil is the system's.
    var bus: String?
    /// The file that has the machine start again.
    var restart = "/run/wattseal-updater/restart"
    /// The bundle that came with the operating system.
    var firstSlot = "/usr/share/wattseal/first-slot.bundle"
    /// What `run` becomes where no slot may start; nil for nothing.
    var rescue: String?
    /// Who may ask the updater, beside root; nil for nobody.
    var user: String?

    var disk: FolderDisk { FolderDisk(path: slots) }

    /// The package's roots, and those that were accepted since.
    var rootFolder: RootFolder { RootFolder(disk: disk, packaged: FolderDisk(path: roots)) }

    /// The processor's name, as manifests have it.
    static var architecture: String {
        #if arch(x86_64)
            "x86_64"
        #elseif arch(arm64)
            "aarch64"
        #elseif arch(arm)
            "armv7"
        #else
            "unknown"
        #endif
    }

    /// Takes the options in front, and answers the words behind them; an option without a value stays a word, which no
    /// command has as its name.
    mutating func take(_ arguments: ArraySlice<String>) -> [String] {
        var rest = arguments
        while let option = rest.first, rest.count >= 2 {
            let value = rest[rest.startIndex + 1]
            switch option {
            case "--slots": slots = value
            case "--roots": roots = value
            case "--socket": socket = value
            case "--board": board = value
            case "--user": user = value
            case "--rauc": (isRAUCUsed, bus) = (true, value == "system" ? nil : value)
            case "--restart": restart = value
            case "--first-slot": firstSlot = value
            case "--rescue": rescue = value
            default: return Array(rest)
            }
            rest = rest.dropFirst(2)
        }
        return Array(rest)
    }
}
