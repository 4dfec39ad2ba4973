import BoardIO
import Foundation
import Glibc
import Quantities
import Testing

/// A plant as a process of its own, with the firmware's side of its sockets in the test.
final class RunningPlant {
    let folder: URL
    let process = Process()
    let ready: String
    let tcpPort: UInt16

    init(_ more: [String] = []) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "plant-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        process.executableURL = try Self.executable()
        process.arguments =
            [
                "--socket", folder.path + "/board", "--control", folder.path + "/control", "--meter-tcp", "127.0.0.1:0",
                "--meter-rtu", folder.path + "/meter",
            ] + more
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        var line: [UInt8] = []
        while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != 10 { line.append(byte) }
        ready = String(decoding: line, as: UTF8.self)
        tcpPort =
            ready.split(separator: " ").first { $0.hasPrefix("tcp=") }
            .flatMap { UInt16($0.split(separator: ":").last ?? "") } ?? 0
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: folder)
    }

    /// The executable that was built beside the tests.
    static func executable() throws -> URL {
        let tests = URL(filePath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        var folder = tests.deletingLastPathComponent()
        let maps = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8)
        if let bundle = maps.split(separator: "\n").first(where: { $0.hasSuffix(".xctest") })?.split(separator: " ")
            .last
        {
            folder = URL(filePath: String(bundle)).deletingLastPathComponent()
        }
        let plant = folder.appending(path: "plant")
        try #require(FileManager.default.isExecutableFile(atPath: plant.path), "no plant at \(plant.path)")
        return plant
    }

    /// Sends one line to the control socket and answers the line that comes back.
    func ask(_ line: String) throws -> String {
        let descriptor = try connectUnix(folder.path + "/control")
        defer { close(descriptor) }
        let bytes = Array((line + "\n").utf8)
        _ = write(descriptor, bytes, bytes.count)
        var answer: [UInt8] = []
        while let chunk = readSome(descriptor), !chunk.isEmpty {
            answer += chunk
            if answer.last == 10 { break }
        }
        return String(decoding: answer.dropLast(), as: UTF8.self)
    }

    func status() throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(try ask("status").utf8))
        return try #require(object as? [String: Any])
    }

    func number(_ name: String) throws -> Int64 { try #require(status()[name] as? Int64) }

    func board() throws -> SimulatedBoard {
        let profile = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Board/profiles/simulated.toml").standardized
        let board = try SimulatedBoard(
            profile: try BoardProfile.load(path: profile.path), socketPath: folder.path + "/board")
        try board.start()
        return board
    }
}

func connectUnix(_ path: String) throws -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let code = withUnsafePointer(to: address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
    try #require(code == 0, "\(path): \(errno)")
    return descriptor
}

func connectTCP(_ port: UInt16) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
    let code = withUnsafePointer(to: address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    try #require(code == 0, "port \(port): \(errno)")
    return descriptor
}

/// What arrives next, within two seconds; empty at the end of the stream, `nil` when nothing came.
func readSome(_ descriptor: Int32, _ milliseconds: Int32 = 2_000) -> [UInt8]? {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&entry, 1, milliseconds) > 0 else { return nil }
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let count = read(descriptor, &buffer, buffer.count)
    return count >= 0 ? Array(buffer[..<count]) : []
}

/// Reads exactly this many bytes.
func readExactly(_ descriptor: Int32, _ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count, let more = readSome(descriptor), !more.isEmpty { bytes += more }
    return bytes
}

func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) { _ = write(descriptor, bytes, bytes.count) }

func now() -> MonotonicInstant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return MonotonicInstant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
}

func eventually(seconds: Int = 10, _ what: () throws -> Bool) rethrows -> Bool {
    for _ in 0..<(seconds * 200) {
        if try what() { return true }
        usleep(5_000)
    }
    return false
}
