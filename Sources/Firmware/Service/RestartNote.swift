/// Why the firmware was ended, for its next start: one small file.
struct RestartNote {
    private let path: String

    init(home: String) { path = home + "/restart-reason" }

    /// Durable when it returns.
    func leave(_ reason: String) throws(FirmwareError) { try SmallFile.replace(path, with: reason + "\n") }

    /// What was left before this start, once; nil where nothing was.
    func take() throws(FirmwareError) -> String? {
        guard let text = try SmallFile.read(path, limit: 512), text.contains("\n") else { return nil }
        try SmallFile.replace(path, with: "")
        return String(text.prefix { $0 != "\n" })
    }
}
