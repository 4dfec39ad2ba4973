import FirmwareUpdate
import FoundationEssentials
import Glibc

/// The files under a folder, as a bundle carries them.
enum ReleaseFolder {
    /// Reads every file, without following links: what is released is what stands there.
    static func contents(of folder: String) throws -> [BundleWriter.Content] {
        var contents: [BundleWriter.Content] = []
        var open = [""]
        while let place = open.popLast() {
            for name in try FileManager.default.contentsOfDirectory(atPath: folder + "/" + place).sorted() {
                let path = place.isEmpty ? name : place + "/" + name
                let full = folder + "/" + path
                var status = stat()
                guard lstat(full, &status) == 0 else {
                    throw StationError.file(path: full, call: "lstat", errno: errno)
                }
                switch status.st_mode & S_IFMT {
                case S_IFDIR:
                    open.append(path)
                case S_IFREG:
                    contents.append(
                        BundleWriter.Content(
                            path: path, isExecutable: status.st_mode & 0o100 != 0,
                            bytes: Array(try Data(contentsOf: URL(filePath: full)))))
                default:
                    throw StationError.strangeFile(path: full)
                }
            }
        }
        guard !contents.isEmpty else { throw StationError.nothingToRelease(folder: folder) }
        return contents
    }
}
