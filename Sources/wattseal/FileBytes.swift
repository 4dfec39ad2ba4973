import Glibc
import RecordAudit

/// Whole files as bytes.
enum FileBytes {
    /// The largest file that a command takes in.
    static let limit = 256 << 20

    /// Everything in a file; `-` is standard input.
    static func read(_ path: String) throws(CommandError) -> [UInt8] {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(path: path, errno: errno) }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .file(path: path, errno: errno) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= limit else { throw .tooLarge(path: path, limit: limit) }
        }
    }

    /// An export that is read piece by piece, as often as asked; standard input is read once and kept.
    static func source(_ path: String) throws -> ExportSource {
        if path == "-" { return ExportSource(name: "standard input", bytes: try read(path)) }
        return ExportSource(name: path) {
            let file = try OpenFile(path)
            return { try file.next() }
        }
    }

    /// An open file; read by one reader at a time.
    private final class OpenFile: Sendable {
        private let descriptor: Int32
        private let path: String

        init(_ path: String) throws(CommandError) {
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
            self.path = path
            guard descriptor >= 0 else { throw .file(path: path, errno: errno) }
        }

        deinit { if descriptor >= 0 { close(descriptor) } }

        func next() throws(CommandError) -> [UInt8] {
            var piece = [UInt8](repeating: 0, count: 1 << 20)
            while true {
                let count = Glibc.read(descriptor, &piece, piece.count)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw .file(path: path, errno: errno) }
                piece.removeLast(piece.count - count)
                return piece
            }
        }
    }

    /// Writes a file whole or not at all: a temporary neighbour, flushed, then renamed. `-` is standard output.
    static func write(_ bytes: [UInt8], to path: String) throws(CommandError) {
        if path == "-" { return try put(bytes, into: STDOUT_FILENO, path: path) }
        let draft = "\(path).part"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .file(path: draft, errno: errno) }
        do {
            defer { close(descriptor) }
            try put(bytes, into: descriptor, path: draft)
            guard fsync(descriptor) == 0 else { throw CommandError.file(path: draft, errno: errno) }
        } catch let error as CommandError {
            unlink(draft)
            throw error
        } catch {
            unlink(draft)
            throw .refused("\(draft): \(error)")
        }
        guard rename(draft, path) == 0 else { throw .file(path: path, errno: errno) }
    }

    /// Writes a line to standard error.
    static func complain(_ line: String) {
        try? put(Array("\(line)\n".utf8), into: STDERR_FILENO, path: "standard error")
    }

    private static func put(_ bytes: [UInt8], into descriptor: Int32, path: String) throws(CommandError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .file(path: path, errno: errno) }
            rest = rest.dropFirst(count)
        }
    }
}
