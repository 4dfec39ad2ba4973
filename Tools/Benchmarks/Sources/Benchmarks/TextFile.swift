import Glibc

/// Files that are written whole.
enum TextFile {
    /// Makes the file, or replaces what it holds.
    static func write(_ text: String, to path: String) throws {
        let descriptor = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0o644)
        guard descriptor >= 0 else { throw BenchmarkFailed("\(path): open failed with errno \(errno)") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw BenchmarkFailed("\(path): write failed with errno \(errno)")
        }
    }
}
