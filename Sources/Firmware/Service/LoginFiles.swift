import Journal
import SignedRecords

/// What logins leave over restarts: how often they have failed, and what is known of technicians. Both have their room on the disk
/// beforehand: a technician comes when the disk is full.
struct LoginFiles {
    private static let failuresBytes = 1

    /// nil where the files are on a storage that was given.
    private let folder: String?
    private var files: Files?

    private struct Files {
        var failures: TwoCopyFile
        var trust: TwoCopyFile

        init(on storage: any JournalStorage) {
            failures = TwoCopyFile("failed-logins", capacity: LoginFiles.failuresBytes, on: storage)
            trust = TwoCopyFile("trust", capacity: KnownTrust.mostBytes, on: storage)
        }
    }

    /// In a folder, which is made with its first use.
    init(folder: String) { self.folder = folder }

    init(on storage: any JournalStorage) {
        folder = nil
        files = Files(on: storage)
    }

    /// Sets the room aside, where that was not done yet.
    mutating func prepare() throws(FirmwareError) {
        guard files == nil, let folder else { return }
        do throws(StorageFault) { files = Files(on: try FileStorage.writer(directory: folder)) } catch {
            throw .system(call: "\(error.operation.rawValue) \(folder)", errno: error.errno)
        }
    }

    /// How often logins have failed since the last that did not. What cannot be read counts as many: who spoils it gains nothing.
    mutating func failures() -> UInt8 {
        do throws(FirmwareError) {
            try prepare()
            let content = try files?.failures.content() ?? []
            return content.isEmpty ? 0 : content.count == Self.failuresBytes ? content[0] : .max
        } catch {
            return .max
        }
    }

    /// Durable when it returns.
    mutating func setFailures(_ count: UInt8) throws(FirmwareError) {
        try prepare()
        try files?.failures.keep([count])
    }

    /// What was kept of technicians; of a new device, nothing.
    mutating func trust() throws(FirmwareError) -> KnownTrust {
        try prepare()
        let content = try files?.trust.content() ?? []
        if content.isEmpty { return KnownTrust() }
        do throws(CBORError) { return try KnownTrust(decoding: content) } catch {
            throw .room("trust", reason: "\(error)")
        }
    }

    /// Durable when it returns.
    mutating func keep(_ trust: KnownTrust) throws(FirmwareError) {
        try prepare()
        try files?.trust.keep(trust.encoded())
    }
}
