import ArgumentParser
import Glibc

/// `plant tell`: one line to a running plant's control socket, and its answer.
struct TellCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tell", abstract: "Says one line to a running plant (try: help) and prints its answer.")

    @Option(help: "The plant's control socket.")
    var control: String

    @Argument(help: "The line: plug, unplug, want on, status …")
    var words: [String]

    func run() throws {
        let answer: String
        do throws(ProcessError) {
            answer = try ask(words.joined(separator: " "))
        } catch {
            writeLine("plant: error: \(error)", to: STDERR_FILENO)
            throw ExitCode(1)
        }
        let isRefused = answer.hasPrefix("error")
        writeLine(answer, to: isRefused ? STDERR_FILENO : STDOUT_FILENO)
        if isRefused { throw ExitCode(1) }
    }

    private func ask(_ line: String) throws(ProcessError) -> String {
        var address = sockaddr_un()
        let path = Array(control.utf8)
        let limit = MemoryLayout.size(ofValue: address.sun_path) - 1
        guard path.count <= limit else { throw .pathTooLong(path: control, limit: limit) }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw .system(call: "socket", path: control, errno: errno) }
        defer { close(descriptor) }
        guard withSocketAddress(address, { connect(descriptor, $0, $1) }) == 0 else {
            throw .system(call: "connect", path: control, errno: errno)
        }
        let request = Array("\(line)\n".utf8)
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw .system(call: "send", path: control, errno: errno)
        }
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while answer.last != UInt8(ascii: "\n") {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count >= 0 else { throw .system(call: "recv", path: control, errno: errno) }
            if count == 0 { break }
            answer += chunk[..<count]
        }
        return String(decoding: answer.filter { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
