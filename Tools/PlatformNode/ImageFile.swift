import Crypto
import Glibc
import SignedRecords

/// A firmware image: read in pieces, however long it is.
enum ImageFile {
    /// SHA-256 of the file. Throws `Failure` with the system's words.
    static func digest(_ path: String) throws -> ContentHash {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(line: "\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var hash = SHA256()
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Failure(line: "\(path): \(String(cString: strerror(errno)))") }
            if count == 0 { return ContentHash(exactly: Array(hash.finalize())) }
            hash.update(data: buffer[..<count])
        }
    }
}
