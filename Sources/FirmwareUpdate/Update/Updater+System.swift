import SignedRecords

// The operating system's part of the updater. Without an installer the device takes no such bundle.
extension Updater {
    /// Steps 10 to 14 for an image of the operating system: its file stands whole in its folder, and may be activated.
    func stageSystem(
        _ bundle: VerifiedBundle, behind header: UInt64, of path: String
    ) throws(UpdateRefusal) {
        let system = try UpdateRefusal.at(.device) { () throws(FirmwareUpdateError) in try installedSystem() }
        try UpdateRefusal.at(.unpack) { () throws(FirmwareUpdateError) in
            guard try record().trial == nil else {
                throw .transition("staging", expected: "no trial of firmware under way")
            }
            // Comes before the first byte: no half-written image counts.
            try system.folder.write(try system.record().clearing())
        }
        var offset = header
        try system.folder.fill(with: bundle) { (count) throws(FirmwareUpdateError) in
            let bytes = try disk.read(path, at: offset, count: count)
            offset += UInt64(bytes.count)
            return bytes
        }
        try UpdateRefusal.at(.readBack) { () throws(FirmwareUpdateError) in
            try system.folder.readBack(bundle.manifest)
        }
        try UpdateRefusal.at(.bootable) { () throws(FirmwareUpdateError) in
            let candidate = SystemRecord.Candidate(
                image: bundle.image, confirmSeconds: bundle.manifest.confirmSeconds)
            try system.folder.write(try system.record().staging(candidate))
        }
    }

    /// What is known of the operating system's images; nil where nothing installs one. A damaged record keeps out these images alone.
    var systemRecord: Result<SystemRecord, FirmwareUpdateError>? {
        guard let system else { return nil }
        do throws(FirmwareUpdateError) { return .success(try system.record()) } catch { return .failure(error) }
    }

    /// Refuses a change of firmware while an image of the operating system is being installed or tried: a trial says something of
    /// one thing that is new, not of two.
    func requireNoSystemUpdate(_ change: String) throws(FirmwareUpdateError) {
        if case .success(let record)? = systemRecord { try record.requireNoTransaction(change) }
    }

    /// Firmware is about to be staged: an image that only waits makes way, so that `fw activate` has one meaning.
    func makeWayForFirmware() throws(FirmwareUpdateError) {
        try requireNoSystemUpdate("staging")
        guard let system, case .success(let record)? = systemRecord, record.staged != nil else { return }
        try system.folder.write(try record.clearing())
        try disk.remove(SystemFolder.image)
    }

    /// Step 15 for the staged image: installing begins.
    func activateSystem(_ request: ActivationRequest, standing: ReleaseStanding) throws(UpdateRefusal) {
        try UpdateRefusal.at(.activate) { () throws(FirmwareUpdateError) in
            guard try record().trial == nil else {
                throw .transition("installing", expected: "no trial of firmware under way")
            }
            try installedSystem().activate(request, standing: standing)
        }
    }

    func installedSystem() throws(FirmwareUpdateError) -> SystemUpdates {
        guard let system else { throw .noInstaller(.system) }
        return system
    }
}
