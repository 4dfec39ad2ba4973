import Glibc

/// Roots as files `root.N` of a folder that only root may write.
public struct RootFolder: RootStorage {
    private let path: String

    public init(path: String) { self.path = path }

    public func root(version: UInt32) throws(FirmwareUpdateError) -> ReleaseRoot {
        let place = "\(path)/root.\(version)"
        guard let text = try PlainFile.bytes(of: place, atMost: 4097) else { throw .missing(place) }
        let root = try ReleaseRoot(text: text)
        guard root.version == version else {
            throw .releaseKey("\(place): expected version \(version), found \(root.version)")
        }
        return root
    }

    public func newestRoot() throws(FirmwareUpdateError) -> ReleaseRoot {
        guard let folder = opendir(path) else { throw .storage(call: "opendir", path: path, errno: errno) }
        defer { closedir(folder) }
        var newest: UInt32?
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.hasPrefix("root."), let version = UInt32(name.dropFirst(5)), "root.\(version)" == name else {
                continue
            }
            newest = max(newest ?? 0, version)
        }
        guard let newest else { throw .missing("\(path)/root.N") }
        return try root(version: newest)
    }
}
