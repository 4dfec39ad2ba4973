import Glibc
import SignedRecords

/// Reads small public files, of any owner and mode: what they hold is checked by signature or is no secret.
enum BoundedFile {
    /// The bytes, or nil where there is no such file; a longer file is an error.
    static func read(_ path: String, maximum: Int) throws(KeyStoreError) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw .system(call: "open", path: path, errno: errno)
        }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: maximum + 1)
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(file, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system(call: "read", path: path, errno: errno) }
            if count == 0 { break }
            filled += count
        }
        guard filled <= maximum else { throw .wrongFileLength(path: path, expected: maximum, found: filled) }
        return Array(bytes[..<filled])
    }

    /// The names in a directory, sorted; none where it does not exist.
    static func names(in path: String) throws(KeyStoreError) -> [String] {
        guard let stream = opendir(path) else {
            if errno == ENOENT { return [] }
            throw .system(call: "opendir", path: path, errno: errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names.sorted()
    }
}
