/// Finds where each key and each value of a TOML document stands.
///
/// It follows the shape of a text that is valid TOML; where it does not understand something it stops, and the parser says
/// what is wrong. It never traps on any bytes.
struct TomlLocator {
    /// Where the key (or the header of the table) stands.
    private(set) var keys: [TomlPath: TextPosition] = [:]
    /// Where the value begins.
    private(set) var values: [TomlPath: TextPosition] = [:]

    /// A table header that does not begin with a key. toml++ 3.4 asserts there instead of reporting an error, so such
    /// a text must not reach it.
    private(set) var keylessHeader: Int?

    private let bytes: [UInt8]
    private let lineStarts: [Int]
    private var offset: Int
    /// Elements so far of each array of tables.
    private var elementCounts: [TomlPath: Int] = [:]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        let hasByteOrderMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        var starts = [hasByteOrderMark ? 3 : 0]
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(index + 1) }
        lineStarts = starts
        offset = starts[0]
        scanDocument()
    }

    /// The line and column of a byte.
    func position(ofByte offset: Int) -> TextPosition {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        let start = min(lineStarts[low], bytes.count)
        let end = min(max(offset, start), bytes.count)
        // UTF-8 continuation bytes do not begin a scalar.
        let column = bytes[start..<end].count { $0 & 0xC0 != 0x80 } + 1
        return TextPosition(line: low + 1, column: column)
    }

    // MARK: the document

    private mutating func scanDocument() {
        var table = TomlPath.root
        while true {
            skip(newlines: true)
            guard let byte = peek() else { return }
            if byte == UInt8(ascii: "[") {
                guard let header = scanHeader() else { return }
                table = header
            } else if !scanKeyValue(in: table) {
                return
            }
        }
    }

    private mutating func scanHeader() -> TomlPath? {
        offset += 1
        let isArray = peek() == UInt8(ascii: "[")
        if isArray { offset += 1 }
        skip(newlines: false)
        if let byte = peek(), !Self.isBareKey(byte), byte != UInt8(ascii: "\""), byte != UInt8(ascii: "'") {
            keylessHeader = offset
            return nil
        }
        guard let parts = scanDottedKey(), let last = parts.last else { return nil }
        var path = TomlPath.root
        for part in parts.dropLast() {
            path = path.appending(part.name)
            note(&keys, path, part.at)
            if let count = elementCounts[path] { path = path.appending(index: count - 1) }
        }
        path = path.appending(last.name)
        note(&keys, path, last.at)
        note(&values, path, last.at)
        if isArray {
            let index = elementCounts[path, default: 0]
            elementCounts[path] = index + 1
            path = path.appending(index: index)
            note(&keys, path, last.at)
            note(&values, path, last.at)
        }
        skip(newlines: false)
        guard take(UInt8(ascii: "]")), !isArray || take(UInt8(ascii: "]")) else { return nil }
        return path
    }

    private mutating func scanKeyValue(in table: TomlPath) -> Bool {
        guard let parts = scanDottedKey() else { return false }
        var path = table
        for part in parts {
            path = path.appending(part.name)
            note(&keys, path, part.at)
            note(&values, path, part.at)
        }
        skip(newlines: false)
        guard take(UInt8(ascii: "=")) else { return false }
        skip(newlines: false)
        return scanValue(at: path)
    }

    private func note(_ map: inout [TomlPath: TextPosition], _ path: TomlPath, _ at: Int) {
        if map[path] == nil { map[path] = position(ofByte: at) }
    }

    // MARK: values

    private mutating func scanValue(at path: TomlPath) -> Bool {
        guard let byte = peek() else { return false }
        values[path] = position(ofByte: offset)
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return scanString() != nil
        case UInt8(ascii: "["): return scanArray(at: path)
        case UInt8(ascii: "{"): return scanInlineTable(at: path)
        default:
            let start = offset
            while let byte = peek(), !Self.endsScalar(byte) { offset += 1 }
            return offset > start
        }
    }

    private static func endsScalar(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: "#"), UInt8(ascii: "\n"): true
        default: false
        }
    }

    private mutating func scanArray(at path: TomlPath) -> Bool {
        offset += 1
        var index = 0
        while true {
            skip(newlines: true)
            if take(UInt8(ascii: "]")) { return true }
            let element = path.appending(index: index)
            note(&keys, element, offset)
            guard scanValue(at: element) else { return false }
            index += 1
            skip(newlines: true)
            if take(UInt8(ascii: "]")) { return true }
            guard take(UInt8(ascii: ",")) else { return false }
        }
    }

    private mutating func scanInlineTable(at path: TomlPath) -> Bool {
        offset += 1
        while true {
            skip(newlines: true)
            if take(UInt8(ascii: "}")) { return true }
            guard scanKeyValue(in: path) else { return false }
            skip(newlines: true)
            if take(UInt8(ascii: "}")) { return true }
            guard take(UInt8(ascii: ",")) else { return false }
        }
    }

    // MARK: keys and strings

    private mutating func scanDottedKey() -> [(name: String, at: Int)]? {
        var parts: [(name: String, at: Int)] = []
        while true {
            skip(newlines: false)
            guard let byte = peek() else { return nil }
            let start = offset
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                guard let name = scanString() else { return nil }
                parts.append((name, start))
            } else {
                while let byte = peek(), Self.isBareKey(byte) { offset += 1 }
                guard offset > start else { return nil }
                parts.append((String(decoding: bytes[start..<offset], as: UTF8.self), start))
            }
            skip(newlines: false)
            if !take(UInt8(ascii: ".")) { return parts }
        }
    }

    private static func isBareKey(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// Passes over any of the four kinds of string and answers its text (of a multi-line one: unspecified text).
    private mutating func scanString() -> String? {
        guard let quote = peek() else { return nil }
        let escapes = quote == UInt8(ascii: "\"")
        let isMultiline = bytes[offset...].starts(with: [quote, quote, quote])
        offset += isMultiline ? 3 : 1
        var text: [UInt8] = []
        while let byte = peek() {
            if byte == quote {
                if !isMultiline {
                    offset += 1
                    return String(decoding: text, as: UTF8.self)
                }
                if bytes[offset...].starts(with: [quote, quote, quote]) {
                    offset += 3
                    // Up to two quotation marks may stand directly before the closing three.
                    while peek() == quote { offset += 1 }
                    return String(decoding: text, as: UTF8.self)
                }
            } else if byte == UInt8(ascii: "\n"), !isMultiline {
                return nil
            } else if byte == UInt8(ascii: "\\"), escapes {
                text += scanEscape()
                continue
            }
            text.append(byte)
            offset += 1
        }
        return nil
    }

    private mutating func scanEscape() -> [UInt8] {
        offset += 1
        guard let byte = peek() else { return [] }
        offset += 1
        switch byte {
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let length = byte == UInt8(ascii: "u") ? 4 : 8
            guard bytes.count - offset >= length else { return [] }
            let digits = String(decoding: bytes[offset..<(offset + length)], as: UTF8.self)
            guard let number = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(number) else { return [] }
            offset += length
            return Array(String(Character(scalar)).utf8)
        default: return [byte]
        }
    }

    // MARK: bytes

    private func peek() -> UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        offset += 1
        return true
    }

    /// Passes over blanks; with `newlines`, over line ends and comments too.
    private mutating func skip(newlines: Bool) {
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"): offset += 1
            case UInt8(ascii: "\n") where newlines, UInt8(ascii: "\r") where newlines: offset += 1
            case UInt8(ascii: "#") where newlines:
                while let byte = peek(), byte != UInt8(ascii: "\n") { offset += 1 }
            default: return
            }
        }
    }
}
