import Synchronization

/// `LoginFiles` for several threads: whoever logs in, and whoever hears of a new root.
final class LoginMemory: Sendable {
    private let files: Mutex<LoginFiles>

    /// Sets the room for the files aside in a folder, where that was not done yet. Where it cannot be, each call says so.
    init(folder: String) {
        files = Mutex(LoginFiles(folder: folder))
        files.withLock { files in
            // Each makes its file.
            _ = files.failures()
            _ = try? files.trust()
        }
    }

    func failures() -> UInt8 { files.withLock { $0.failures() } }

    func setFailures(_ count: UInt8) throws(FirmwareError) {
        try files.withLock { (files) throws(FirmwareError) in try files.setFailures(count) }
    }

    func trust() throws(FirmwareError) -> KnownTrust {
        try files.withLock { (files) throws(FirmwareError) in try files.trust() }
    }

    func keep(_ trust: KnownTrust) throws(FirmwareError) {
        try files.withLock { (files) throws(FirmwareError) in try files.keep(trust) }
    }
}
