internal import ServiceShell
internal import SignedRecords

extension TechnicianAction {
    /// What the shell wants on record, at this moment of a boot.
    ///
    /// - Throws: `unrecorded` where nobody is logged in.
    init(_ entry: AuditEntry, boot: BootID) throws(ServiceShellError) {
        let technician = entry.technician
        guard let role = ShellAct.Role(rawValue: technician.role.rawValue) else {
            throw .unrecorded("nobody is logged in")
        }
        let outcome: ShellAct.Outcome =
            switch entry.outcome {
            case .begun: .begun
            case .done: .done
            case .refused: .refused
            case .cutShort: .cutShort
            }
        self.init(
            technician: technician.hash, action: entry.action, subject: entry.subject, succeeded: outcome == .done,
            shell: ShellAct(
                role: role, name: technician.name, arguments: entry.arguments, outcome: outcome, boot: boot,
                sinceBoot: UInt64(max(0, SystemClock.sinceBoot()))))
    }
}
