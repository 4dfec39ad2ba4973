import SignedRecords

/// A version of the release keys, as a file of text: what a device trusts to release firmware.
///
///     wattseal-root/1
///     version 1
///     threshold 1
///     key 64 hexadecimal digits, one line for each key
///
/// Lines in this order, each ended by one newline; lines that begin with `#` and empty ones do not count.
public struct ReleaseRoot: Sendable {
    /// Roots step by one.
    public let version: UInt32
    public let keys: ReleaseKeys

    /// Reads the text strictly.
    public init(text: [UInt8]) throws(FirmwareUpdateError) {
        guard text.count <= 4096 else { throw .releaseKey("expected a root of at most 4096 bytes") }
        var lines = String(decoding: text, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }[...]
        guard lines.popFirst() == "wattseal-root/1" else {
            throw .releaseKey("expected a root that begins with \"wattseal-root/1\"")
        }
        version = try Self.number("version", lines.popFirst())
        let threshold = try Self.number("threshold", lines.popFirst())
        var publicKeys: [[UInt8]] = []
        for line in lines {
            guard line.hasPrefix("key "), let key = Hexadecimal.decode(String(line.dropFirst(4))) else {
                throw .releaseKey("expected \"key\" and 64 hexadecimal digits, found \"\(line)\"")
            }
            publicKeys.append(key)
        }
        keys = try ReleaseKeys(publicKeys: publicKeys, threshold: Int(threshold))
    }

    private static func number(_ name: String, _ line: Substring?) throws(FirmwareUpdateError) -> UInt32 {
        let words = (line ?? "").split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, words[0] == name, let number = UInt32(words[1]), number > 0, "\(number)" == words[1]
        else { throw .releaseKey("expected \"\(name)\" and a number from 1, found \"\(line ?? "")\"") }
        return number
    }
}

/// Where the device's roots are.
public protocol RootStorage {
    /// The root of a version.
    func root(version: UInt32) throws(FirmwareUpdateError) -> ReleaseRoot
    /// The one with the highest version.
    func newestRoot() throws(FirmwareUpdateError) -> ReleaseRoot
}
