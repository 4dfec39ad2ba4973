import Glibc

/// Where a soak keeps its files: in memory where there is room, since flushes of a disk are not what it is about.
struct SoakFolder {
    let path: String
    private static let prefix = "wattseal-soak-"
    private static let room: UInt64 = 4 << 30

    /// Makes it, empty.
    init(beside folder: String) throws {
        let shared = "/dev/shm"
        Self.removeLeft(in: shared)
        var facts = statvfs()
        let isRoomy =
            access(shared, W_OK) == 0 && statvfs(shared, &facts) == 0
            && UInt64(facts.f_bavail) * UInt64(facts.f_frsize) >= Self.room
        path = "\(isRoomy ? shared : folder)/\(Self.prefix)\(getpid())"
        guard mkdir(path, 0o700) == 0 else { throw BenchmarkFailed("\(path): mkdir failed with errno \(errno)") }
    }

    /// What a soak that was killed has left there would take memory until the next boot.
    private static func removeLeft(in shared: String) {
        guard let listing = opendir(shared) else { return }
        defer { closedir(listing) }
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasPrefix(prefix), let process = pid_t(name.dropFirst(prefix.count)), kill(process, 0) != 0,
                errno == ESRCH
            else { continue }
            _ = try? Program.output(["rm", "-r", "\(shared)/\(name)"], mayFail: true)
        }
    }

    func remove() { _ = try? Program.output(["rm", "-r", path], mayFail: true) }

    static func clock(_ folder: String) -> String { folder + "/clock" }
    static func genesis(_ folder: String) -> String { folder + "/genesis" }
    static func socket(_ folder: String) -> String { folder + "/socket" }
    static func ledger(_ folder: String) -> String { folder + "/ledger" }
    static func journal(_ folder: String) -> String { folder + "/journal" }
    static func receipts(_ folder: String) -> String { folder + "/ocmf" }
    static func keys(_ folder: String) -> String { folder + "/keys" }
    static func link(_ folder: String) -> String { folder + "/link" }
}
