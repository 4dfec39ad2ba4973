import FirmwareUpdate

/// RAUC's interface de.pengutronix.rauc.Installer, as of RAUC 1.8: what of it is used, one function for each member.
protocol RAUCInterface: AnyObject {
    /// A property that is text.
    func text(_ property: RAUCProperty) throws(SystemInstallerFault) -> String
    /// The property Progress: percent, and what is being done.
    func progress() throws(SystemInstallerFault) -> (percent: Int32, message: String)
    /// InstallBundle, without options.
    func install(_ path: String) throws(SystemInstallerFault)
    /// The result of the signal Completed; nil where none has come since `install`.
    func completed() throws(SystemInstallerFault) -> Int32?
    /// Mark, of the slot that runs: `good`, `bad` or `active`.
    func mark(_ state: String) throws(SystemInstallerFault)
    /// GetPrimary: the slot's name, not the bootloader's.
    func primary() throws(SystemInstallerFault) -> String
    /// GetSlotStatus.
    func slots() throws(SystemInstallerFault) -> [RAUCSlot]
}

/// A property of RAUC's interface.
enum RAUCProperty: String, CaseIterable {
    /// `idle` or `installing`.
    case operation = "Operation"
    /// Empty where nothing has failed since the service was started.
    case lastError = "LastError"
    /// The bootloader's name of the slot that runs; `_external_` where RAUC was told that none does.
    case bootSlot = "BootSlot"
}

/// A slot, as RAUC tells it.
struct RAUCSlot: Equatable {
    /// As in `system.conf`: `rootfs.0`.
    var name: String
    /// The bootloader's name; empty for a slot that it does not start.
    var bootName: String
}
