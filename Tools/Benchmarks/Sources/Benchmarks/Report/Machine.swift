import Glibc

/// What times say nothing without.
struct Machine {
    let processor: String
    let processors: Int
    let memoryBytes: Int
    let kernel: String
    /// The load average when the run began: 1 a processor is a machine that had other things to do.
    let load: String
    /// Year, month, day.
    let taken: String

    init() {
        processor =
            Self.lines("/proc/cpuinfo").first { $0.hasPrefix("model name") || $0.hasPrefix("Model") }
            .flatMap { $0.split(separator: ":", maxSplits: 1).last.map { $0.drop { $0 == " " } } }.map(String.init)
            ?? "unknown"
        processors = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        memoryBytes = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        kernel = Self.lines("/proc/sys/kernel/osrelease").first ?? "unknown"
        load = Self.lines("/proc/loadavg").first?.split(separator: " ").first.map(String.init) ?? "unknown"
        var seconds = time(nil)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let (month, day) = (Int(parts.tm_mon) + 1, Int(parts.tm_mday))
        taken = "\(parts.tm_year + 1900)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
    }

    /// A file of the kernel's, by lines; none where it cannot be read.
    static func lines(_ path: String) -> [String] {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(descriptor, &part, part.count), count > 0 { bytes += part[..<count] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
