import Glibc

/// A file of sysfs that stays open: one number is read from its start, or written to it.
final class DeviceFile: Sendable {
    let path: String
    private let descriptor: Int32

    /// Opens a file for reading or for writing.
    init(path: String, writing: Bool = false) throws(BoardError) {
        self.path = path
        descriptor = open(path, (writing ? O_WRONLY : O_RDONLY) | O_CLOEXEC)
        guard descriptor >= 0 else { throw .device(call: "open", path: path, errno: errno) }
    }

    deinit { close(descriptor) }

    /// Reads the decimal number that the file holds now.
    func readNumber() throws(BoardError) -> Int64 {
        let digits = try readText()
        guard let number = Int64(digits) else { throw .notANumber(path: path, text: digits) }
        return number
    }

    /// Reads the line that the file holds now, at most so many bytes, without its end.
    func readText(limit: Int = 32) throws(BoardError) -> String {
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count >= 0 else { throw .device(call: "read", path: path, errno: errno) }
        let text = String(decoding: bytes[..<count], as: UTF8.self)
        return String(text.hasSuffix("\n") ? text.dropLast() : text[...])
    }

    /// Writes a text in one call, as sysfs wants it.
    func write(_ text: String) throws(BoardError) {
        let bytes = Array(text.utf8)
        let count = pwrite(descriptor, bytes, bytes.count, 0)
        guard count == bytes.count else {
            throw .device(call: "write \(text)", path: path, errno: count < 0 ? errno : EIO)
        }
    }

    /// Opens a file, writes a text and closes it.
    static func write(_ text: String, to path: String) throws(BoardError) {
        try DeviceFile(path: path, writing: true).write(text)
    }
}
