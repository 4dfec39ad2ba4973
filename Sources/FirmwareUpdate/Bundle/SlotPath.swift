/// Names of files inside a slot: relative, plain ASCII, each only once. Nothing in a bundle names a place outside its slot.
enum SlotPath {
    static let mostBytes = 128

    static func check(_ paths: [String]) throws(FirmwareUpdateError) {
        var previous: [UInt8]?
        for path in paths {
            let bytes = Array(path.utf8)
            guard (1...mostBytes).contains(bytes.count), bytes.allSatisfy(isPlain) else {
                throw .manifestField("files", expected: "paths of letters, digits and ._+-/, not \"\(path)\"")
            }
            for part in path.split(separator: "/", omittingEmptySubsequences: false)
            where part.isEmpty || part == "." || part == ".." {
                throw .manifestField("files", expected: "a plain relative path, not \"\(path)\"")
            }
            if let previous, !previous.lexicographicallyPrecedes(bytes) {
                throw .manifestField("files", expected: "paths in ascending order, each once, not \"\(path)\"")
            }
            previous = bytes
        }
        let names = Set(paths)
        for path in paths {
            var folder = path[...]
            while let slash = folder.lastIndex(of: "/") {
                folder = folder[..<slash]
                if names.contains(String(folder)) {
                    throw .manifestField("files", expected: "\"\(folder)\" to be a file or a folder, not both")
                }
            }
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "._+-/".utf8.contains(byte)
        }
    }
}
