import SignedRecords

/// What the firmware tells and does about its own updates (docs/updates.md). The same thread and the same rules as
/// `ServiceDesk`; changes go through `carryOut`.
public protocol FirmwareDesk: Sendable {
    /// The slots, a transfer under way, a trial under way.
    func firmware() throws(ServiceShellError) -> FirmwareAnswer
    /// Takes a transfer's next bytes.
    ///
    /// - Returns: how far the transfer has come.
    /// - Throws: `transferOffset` where other bytes come next; `interlock` where the release is refused, and with it the transfer.
    func put(_ bytes: [UInt8], at offset: UInt64) throws(ServiceShellError) -> TransferAnswer
}

/// What a technician wants changed about the firmware.
public enum UpdateChange: Equatable, Sendable {
    /// A transfer of the bundle with this manifest hash begins, or goes on.
    case receive(manifest: [UInt8])
    /// The one file that another protocol has brought in is handed on as a transfer's bytes.
    case takeIn
    /// What came in is checked and unpacked into the other slot. Nothing starts because of it.
    case verify
    /// The other slot is tried at the next start. `isOverridden`: in spite of a condition that fails already, and without the
    /// ledger's proof.
    case activate(isOverridden: Bool)
    /// A trial that has passed its gate is confirmed.
    case confirm
    /// A trial is given up; without one, the other slot is tried again.
    case rollBack

    /// The change that a command is; nil where it is none of these.
    init?(_ invocation: Invocation) {
        switch invocation.row.command {
        case .receiveFirmware:
            // What is no hash is refused by the desk; `help` asks before there are values.
            self = .receive(manifest: Hexadecimal.decode(invocation.text("manifest") ?? "") ?? [])
        case .receiveFirmwareFile: self = .takeIn
        case .verifyFirmware: self = .verify
        case .activateFirmware: self = .activate(isOverridden: false)
        case .overrideFirmware: self = .activate(isOverridden: true)
        case .confirmFirmware: self = .confirm
        case .rollBackFirmware: self = .rollBack
        default: return nil
        }
    }
}
