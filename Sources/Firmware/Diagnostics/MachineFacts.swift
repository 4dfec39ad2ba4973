internal import Glibc

/// What kind of machine this is: kernel, processor, memory, room. No name, address or serial number of it.
struct MachineFacts: Codable, Equatable, Sendable {
    var kernel = ""
    var architecture = ""
    var system = ""
    var processor = ""
    /// As the device tree names it; empty where there is none.
    var board = ""
    var memory = ""
    var loadAverage = ""
    var uptimeS: Int64 = 0
    /// Of the file system with the device's records.
    var freeBytes: UInt64 = 0
    var totalBytes: UInt64 = 0

    enum CodingKeys: String, CodingKey {
        case kernel, architecture, system, processor, board, memory
        case loadAverage = "load_average"
        case uptimeS = "uptime_s"
        case freeBytes = "free_bytes"
        case totalBytes = "total_bytes"
    }

    /// - Parameter home: The device's folder.
    static func now(home: String) -> MachineFacts {
        var facts = MachineFacts()
        var name = utsname()
        if uname(&name) == 0 {
            facts.kernel = text(name.release) + " " + text(name.version)
            facts.architecture = text(name.machine)
        }
        facts.system = field("PRETTY_NAME=", of: "/etc/os-release").filter { $0 != "\"" }
        facts.processor = field("model name", of: "/proc/cpuinfo").filter { $0 != "\t" }
        facts.memory = field("MemTotal:", of: "/proc/meminfo")
        facts.board = ((try? SmallFile.read("/proc/device-tree/model")) ?? nil ?? "").filter { $0 != "\0" }
        facts.loadAverage = ((try? SmallFile.read("/proc/loadavg")) ?? nil ?? "").filter { $0 != "\n" }
        facts.uptimeS = SystemClock.sinceBoot() / 1_000
        var room = statvfs()
        if statvfs(home, &room) == 0 {
            facts.freeBytes = UInt64(room.f_bavail) * UInt64(room.f_frsize)
            facts.totalBytes = UInt64(room.f_blocks) * UInt64(room.f_frsize)
        }
        return facts
    }

    private static func field(_ name: String, of path: String) -> String {
        let text = ((try? SmallFile.read(path)) ?? nil) ?? ""
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else { return "" }
        return String(line.dropFirst(name.count).drop { " \t:".contains($0) })
    }

    private static func text(_ tuple: some Any) -> String {
        withUnsafeBytes(of: tuple) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
