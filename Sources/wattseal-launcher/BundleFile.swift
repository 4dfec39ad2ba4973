import FirmwareUpdate
import Glibc

/// A bundle, read from its beginning to its end.
final class BundleFile {
    private let path: String
    private let descriptor: Int32

    init(path: String) throws(FirmwareUpdateError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .storage(call: "open", path: path, errno: errno) }
    }

    deinit { close(descriptor) }

    /// The next bytes; fewer only at the end.
    func read(_ count: Int) throws(FirmwareUpdateError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress.map { $0 + filled }, count - filled)
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw .storage(call: "read", path: path, errno: errno) }
            if got == 0 { break }
            filled += got
        }
        return Array(bytes.prefix(filled))
    }
}
