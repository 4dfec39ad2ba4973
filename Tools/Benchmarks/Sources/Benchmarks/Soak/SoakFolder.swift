import Glibc

/// Where a soak keeps its files: in memory where there is room, since flushes of a disk are not what it is about.
struct SoakFolder {
    let path: String
    private static let room: UInt64 = 4 << 30

    /// Makes it, empty.
    init(beside folder: String) throws {
        let shared = "/dev/shm"
        var facts = statvfs()
        let isRoomy =
            access(shared, W_OK) == 0 && statvfs(shared, &facts) == 0
            && UInt64(facts.f_bavail) * UInt64(facts.f_frsize) >= Self.room
        path = "\(isRoomy ? shared : folder)/wattseal-soak-\(getpid())"
        guard mkdir(path, 0o700) == 0 else { throw BenchmarkFailed("\(path): mkdir failed with errno \(errno)") }
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
