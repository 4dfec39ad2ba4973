/// What the updater asks of whatever installs images of the operating system; on a device that is RAUC (docs/updates.md, "The
/// operating system").
///
/// An image stands in one of two slots, as firmware does, but the bootloader chooses between them and counts the tries.
public protocol SystemInstaller: AnyObject {
    /// The bootloader's name of the slot that runs. It stays the same until the machine starts again.
    func bootSlot() throws(SystemInstallerFault) -> String
    /// The bootloader's name of the slot that the next start tries first.
    func nextSlot() throws(SystemInstallerFault) -> String
    /// Begins to install the image into the slot that does not run. Returns when that has begun, long before it has ended.
    ///
    /// - Parameter path: where the image lies; it must stay there until the installation has ended.
    func install(_ path: String) throws(SystemInstallerFault)
    /// How an installation stands.
    func installation() throws(SystemInstallerFault) -> SystemInstallation
    /// Tells the bootloader of the slot that runs.
    func mark(_ mark: SystemSlotMark) throws(SystemInstallerFault)
}

/// How an installation stands.
public enum SystemInstallation: Equatable, Sendable {
    /// It is under way: 0 to 100 percent, and what is being done.
    case underWay(percent: UInt8, step: String)
    /// Its end was told; 0 is success.
    case ended(Int32, lastError: String)
    /// None is under way, and no end was told: none was begun, or the installer was started anew since.
    case idle(lastError: String)
}

/// What the bootloader is to think of the slot that runs.
public enum SystemSlotMark: String, Sendable, CaseIterable {
    /// It starts from now on: as often as it may be tried, and as often again behind each further mark.
    case good
    /// It is not started again.
    case bad
    /// It is tried first at the next start.
    case active
}

/// Why the installer did not do it.
public enum SystemInstallerFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// The device has no library for the bus.
    case libraryMissing
    /// It is not there, or its bus is not.
    case unreachable(String)
    /// It answered that it does not.
    case refused(String)
    /// It was asked, and whether it was done is not known.
    case unanswered(String)

    public var description: String {
        switch self {
        case .libraryMissing: "libsystemd, by which RAUC is asked, is not on this device"
        case .unreachable(let reason): "RAUC cannot be reached: \(reason)"
        case .refused(let reason): "RAUC refuses: \(reason)"
        case .unanswered(let reason): "RAUC did not answer: \(reason)"
        }
    }
}
