internal import ServiceShell
internal import SignedRecords
internal import Synchronization

/// Puts on record what technicians do while no firmware runs: in the backlog, which the next firmware makes records of before
/// anything else is done.
final class TechnicianNotes: Sendable {
    private let backlog: Mutex<TechnicianBacklog>
    private let boot: BootID

    /// Takes up what waits in the folder of the device's home that the firmware keeps it in.
    init(home: String, boot: BootID) throws(FirmwareError) {
        backlog = Mutex(try TechnicianBacklog(home: home, isRescue: true))
        self.boot = boot
    }

    /// Durable when it returns.
    func keep(_ entry: AuditEntry) throws(ServiceShellError) {
        let action = try TechnicianAction(entry, boot: boot)
        do throws(FirmwareError) {
            try backlog.withLock { (backlog) throws(FirmwareError) in try backlog.keep(action) }
        } catch {
            throw .unrecorded("\(error)")
        }
    }
}
