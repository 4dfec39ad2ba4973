import Foundation
import Glibc

/// `Tests/Peers/pymodbus_meter.py` as a process: an independent implementation of Modbus with the vendors' values.
final class PymodbusMeter {
    /// A Python with pymodbus and pyserial; without it the tests with peers are skipped.
    static let python = ProcessInfo.processInfo.environment["WATTSEAL_PEERS_PYTHON"]

    private let child: ChildProcess

    init(_ model: String, _ arguments: [String]) throws {
        child = try ChildProcess(
            [Self.python ?? "python3", Fixtures.root + "/Tests/Peers/pymodbus_meter.py", model] + arguments)
        try expect("ready")
    }

    /// Sends a command and waits for its `ok`.
    func command(_ text: String) throws {
        child.send(text + "\n")
        try expect("ok")
    }

    /// Sends a command that is answered by one line and its `ok`.
    func ask(_ text: String) throws -> String {
        child.send(text + "\n")
        let answer = child.nextLine()
        try expect("ok")
        return answer ?? ""
    }

    func stop() { child.stop() }

    private func expect(_ word: String) throws {
        while let line = child.nextLine() {
            if line == word { return }
        }
        throw PeerFailure(expected: word)
    }

    struct PeerFailure: Error {
        let expected: String
    }

    /// A TCP port that nobody listens on at this moment.
    static func freePort() -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) + getsockname(descriptor, generic, &length)
            }
        }
        return UInt16(bigEndian: address.sin_port)
    }
}

/// Two pseudo-terminals that socat joins.
final class TerminalPair {
    let first: String
    let second: String
    private let child: ChildProcess

    static let socat = ["/usr/bin/socat", "/usr/local/bin/socat"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    init() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("wattseal-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        first = folder.appendingPathComponent("meter").path
        second = folder.appendingPathComponent("charger").path
        child = try ChildProcess([
            Self.socat ?? "socat", "pty,raw,echo=0,link=\(first)", "pty,raw,echo=0,link=\(second)",
        ])
        for _ in 0..<2_000 where !FileManager.default.fileExists(atPath: second) { usleep(5_000) }
    }

    func stop() {
        child.stop()
        try? FileManager.default.removeItem(atPath: (first as NSString).deletingLastPathComponent)
    }
}
