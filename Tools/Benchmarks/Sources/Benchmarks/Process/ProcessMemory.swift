import Glibc

/// What the kernel says of a process's memory (Documentation/filesystems/proc.rst, smaps_rollup), in bytes.
struct ProcessMemory {
    /// Resident, pages of the program's file among them.
    let resident: Double
    /// Of no file: nobody shares them, and nothing but swap could take them away.
    let own: Double
    let locked: Double

    init(of process: pid_t) throws {
        let lines = Machine.lines("/proc/\(process)/smaps_rollup")
        func bytes(_ name: String) throws -> Double {
            guard let line = lines.first(where: { $0.hasPrefix(name + ":") }),
                let kilobytes = line.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
            else { throw BenchmarkFailed("process \(process): smaps_rollup has no \(name)") }
            return kilobytes * 1_024
        }
        (resident, own, locked) = (try bytes("Rss"), try bytes("Anonymous"), try bytes("Locked"))
    }

    /// Bytes of memory that this process holds, after what is free was given back.
    static func resident() throws -> Double {
        typealias Trim = @convention(c) (Int) -> Int32
        guard let trim = dlsym(nil, "malloc_trim") else { throw BenchmarkFailed("there is no malloc_trim") }
        _ = unsafeBitCast(trim, to: Trim.self)(0)
        let words = Machine.lines("/proc/self/statm").first?.split(separator: " ") ?? []
        guard let pages = words.dropFirst().first.flatMap({ Double($0) }) else {
            throw BenchmarkFailed("/proc/self/statm says nothing")
        }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// How many entries a folder of /proc/PID has.
    static func entries(_ process: pid_t, _ folder: String) throws -> Double {
        guard let directory = opendir("/proc/\(process)/\(folder)") else {
            throw BenchmarkFailed("process \(process): no \(folder)")
        }
        defer { closedir(directory) }
        var count = 0
        while let entry = readdir(directory) {
            if entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
        }
        return Double(count)
    }

    /// The first child of a process.
    static func child(of process: pid_t) throws -> pid_t? {
        guard let directory = opendir("/proc/\(process)/task") else {
            throw BenchmarkFailed("process \(process): no threads")
        }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard Int(name) != nil else { continue }
            let children = Machine.lines("/proc/\(process)/task/\(name)/children").first ?? ""
            if let child = children.split(separator: " ").first.flatMap({ pid_t($0) }) { return child }
        }
        return nil
    }
}
