/// POSIX tar (ustar, IEEE 1003.1), as far as an archive of small regular files needs it. The same files give the same bytes.
enum Tar {
    static let block = 512

    static func write(_ files: [ArchiveFile]) -> [UInt8] {
        var output: [UInt8] = []
        for file in files {
            output += header(file)
            output += file.bytes
            output += [UInt8](repeating: 0, count: padding(file.bytes.count))
        }
        return output + [UInt8](repeating: 0, count: 2 * block)
    }

    private static func padding(_ count: Int) -> Int { (block - count % block) % block }

    private static func header(_ file: ArchiveFile) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: block)
        func put(_ text: String, at offset: Int) {
            for (i, byte) in text.utf8.enumerated() { header[offset + i] = byte }
        }
        put(file.name, at: 0)
        put("0000644", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        put(octal(file.bytes.count, digits: 11), at: 124)
        put(octal(0, digits: 11), at: 136)
        put("0", at: 156)
        put("ustar\0" + "00", at: 257)
        put(octal(checksum(header), digits: 6) + "\0 ", at: 148)
        return header
    }

    private static func octal(_ number: Int, digits: Int) -> String {
        let text = String(number, radix: 8)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// The sum of a header's bytes, with blanks in place of the sum.
    private static func checksum(_ header: [UInt8]) -> Int {
        header.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
    }

    /// Reads what `write` writes, and nothing else: regular files, no links, no folders, nothing behind the end.
    static func read(_ bytes: [UInt8]) throws(ArchiveError) -> [ArchiveFile] {
        var files: [ArchiveFile] = []
        var offset = 0
        while true {
            guard bytes.count - offset >= block else {
                throw .malformed(offset: offset, expected: "a header of \(block) bytes")
            }
            let head = Array(bytes[offset..<offset + block])
            if head.allSatisfy({ $0 == 0 }) { break }
            let name = String(decoding: head[..<100].prefix { $0 != 0 }, as: UTF8.self)
            guard ArchiveFile.isSafe(name), !files.contains(where: { $0.name == name }) else { throw .name(name) }
            let digits = String(decoding: head[124..<135], as: UTF8.self)
            guard let count = Int(digits, radix: 8), count >= 0 else {
                throw .malformed(offset: offset + 124, expected: "a size of 11 octal digits")
            }
            let start = offset + block
            guard bytes.count - start >= count + padding(count) else {
                throw .malformed(offset: start, expected: "\(count) bytes of \(name)")
            }
            let file = ArchiveFile(name: name, bytes: Array(bytes[start..<start + count]))
            // One form for one content: nothing is hidden in fields that nobody looks at.
            guard header(file) == head else { throw .malformed(offset: offset, expected: "the header of a plain file") }
            let end = start + count + padding(count)
            guard bytes[(start + count)..<end].allSatisfy({ $0 == 0 }) else {
                throw .malformed(offset: start + count, expected: "zeros up to the next block")
            }
            files.append(file)
            offset = end
        }
        guard bytes.count - offset == 2 * block, bytes[offset...].allSatisfy({ $0 == 0 }) else {
            throw .malformed(offset: offset, expected: "two blocks of zeros as the end")
        }
        return files
    }
}
