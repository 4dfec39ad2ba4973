public import FirmwareUpdate

/// RAUC as the installer of operating system images.
public final class RAUCInstaller: SystemInstaller {
    private let rauc: any RAUCInterface

    /// - Parameter address: the bus on which RAUC's service is, as D-Bus writes it; nil is the system's bus.
    public convenience init(address: String? = nil) { self.init(RAUCConnection(address: address)) }

    init(_ rauc: any RAUCInterface) { self.rauc = rauc }

    public func bootSlot() throws(SystemInstallerFault) -> String { try rauc.text(.bootSlot) }

    public func nextSlot() throws(SystemInstallerFault) -> String {
        let primary = try rauc.primary()
        guard let slot = try rauc.slots().first(where: { $0.name == primary }), !slot.bootName.isEmpty else {
            throw .unanswered("\(primary), the slot that starts next, has no name of the bootloader's")
        }
        return slot.bootName
    }

    public func install(_ path: String) throws(SystemInstallerFault) { try rauc.install(path) }

    public func installation() throws(SystemInstallerFault) -> SystemInstallation {
        // In this order: an end that comes behind the first question is seen by the second.
        let operation = try rauc.text(.operation)
        let result = try rauc.completed()
        if let result { return .ended(result, lastError: try rauc.text(.lastError)) }
        switch operation {
        case "idle": return .idle(lastError: try rauc.text(.lastError))
        case "installing":
            let (percent, message) = try rauc.progress()
            return .underWay(percent: UInt8(min(max(percent, 0), 100)), step: message)
        default: throw .unanswered("the operation \"\(operation)\" is not known")
        }
    }

    public func mark(_ mark: SystemSlotMark) throws(SystemInstallerFault) { try rauc.mark(mark.rawValue) }
}
