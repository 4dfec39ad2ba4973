internal import Crypto
internal import Glibc
internal import SignedRecords

/// The running program as a file.
enum FirmwareImage {
    /// SHA-256 of this process' own executable.
    static func digest() throws(FirmwareError) -> ContentHash {
        let path = "/proc/self/exe"
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(call: "open \(path)", errno: errno) }
        defer { close(descriptor) }
        var hash = SHA256()
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system(call: "read \(path)", errno: errno) }
            if count == 0 { return ContentHash(exactly: Array(hash.finalize())) }
            hash.update(data: chunk[..<count])
        }
    }
}
