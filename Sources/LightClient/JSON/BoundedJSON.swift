// JSON from outside passes here before any decoder sees it: UTF-8 only, RFC 8259 and nothing beyond it, at most 4 MB,
// at most 64 levels, no key twice in one object. Every refusal names the byte.

/// Checks a JSON text against syntax and bounds without building anything from it.
public enum BoundedJSON {
    /// Largest accepted text in bytes.
    public static let maxSize = 4 * 1024 * 1024
    /// Deepest accepted nesting of arrays and objects.
    public static let maxDepth = 64
    /// Longest accepted number in digits and signs.
    public static let maxNumberSize = 128

    /// Refuses `text` unless it is one JSON value within the bounds.
    public static func check(
        _ text: [UInt8], maxSize: Int = BoundedJSON.maxSize, maxDepth: Int = BoundedJSON.maxDepth
    ) throws(LightClientError) {
        guard text.count <= maxSize else {
            throw .malformedJSON(offset: maxSize, reason: "\(text.count) bytes, at most \(maxSize)")
        }
        var scanner = JSONScanner(text: text, maxDepth: maxDepth)
        scanner.skipSpace()
        try scanner.value(depth: 0)
        scanner.skipSpace()
        guard scanner.position == text.count else { throw scanner.fault("unexpected text after the value") }
    }
}

private struct JSONScanner {
    let text: [UInt8]
    let maxDepth: Int
    var position = 0

    func fault(_ reason: String, at offset: Int? = nil) -> LightClientError {
        .malformedJSON(offset: offset ?? position, reason: reason)
    }

    func peek() -> UInt8? { position < text.count ? text[position] : nil }

    mutating func skipSpace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
    }

    mutating func take(_ expected: Unicode.Scalar) throws(LightClientError) {
        guard let byte = peek() else { throw fault("expected \"\(expected)\", but the text ends") }
        guard UInt32(byte) == expected.value else { throw fault("expected \"\(expected)\"") }
        position += 1
    }

    mutating func takes(_ wanted: UInt8) -> Bool {
        guard peek() == wanted else { return false }
        position += 1
        return true
    }

    mutating func value(depth: Int) throws(LightClientError) {
        switch peek() {
        case UInt8(ascii: "{"): try object(depth: depth + 1)
        case UInt8(ascii: "["): try array(depth: depth + 1)
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        case let byte? where byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte): try number()
        case nil: throw fault("expected a value, but the text ends")
        default: throw fault("expected a value")
        }
    }

    mutating func object(depth: Int) throws(LightClientError) {
        guard depth <= maxDepth else { throw fault("nested deeper than \(maxDepth) levels") }
        try take("{")
        skipSpace()
        if takes(UInt8(ascii: "}")) { return }
        // Compared as the decoder compares them: after escapes, under canonical equivalence.
        var keys: Set<String> = []
        while true {
            let start = position
            guard keys.insert(try string()).inserted else { throw fault("duplicate key", at: start) }
            skipSpace()
            try take(":")
            skipSpace()
            try value(depth: depth)
            skipSpace()
            if takes(UInt8(ascii: "}")) { return }
            try take(",")
            skipSpace()
        }
    }

    mutating func array(depth: Int) throws(LightClientError) {
        guard depth <= maxDepth else { throw fault("nested deeper than \(maxDepth) levels") }
        try take("[")
        skipSpace()
        if takes(UInt8(ascii: "]")) { return }
        while true {
            try value(depth: depth)
            skipSpace()
            if takes(UInt8(ascii: "]")) { return }
            try take(",")
            skipSpace()
        }
    }

    mutating func word(_ word: StaticString) throws(LightClientError) {
        let start = position
        for index in 0..<word.utf8CodeUnitCount {
            guard takes(word.utf8Start[index]) else { throw fault("expected \"\(word)\"", at: start) }
        }
    }

    mutating func digits() -> Int {
        let start = position
        while let byte = peek(), (0x30...0x39).contains(byte) { position += 1 }
        return position - start
    }

    mutating func number() throws(LightClientError) {
        let start = position
        _ = takes(UInt8(ascii: "-"))
        if takes(UInt8(ascii: "0")) {
            if let byte = peek(), (0x30...0x39).contains(byte) { throw fault("number with a leading zero", at: start) }
        } else if digits() == 0 {
            throw fault("expected a digit")
        }
        if takes(UInt8(ascii: ".")), digits() == 0 { throw fault("expected a digit") }
        if takes(UInt8(ascii: "e")) || takes(UInt8(ascii: "E")) {
            if !takes(UInt8(ascii: "+")) { _ = takes(UInt8(ascii: "-")) }
            if digits() == 0 { throw fault("expected a digit") }
        }
        guard position - start <= BoundedJSON.maxNumberSize else { throw fault("number too long", at: start) }
    }

    mutating func string() throws(LightClientError) -> String {
        let start = position
        try take("\"")
        var scalars = String.UnicodeScalarView()
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return String(scalars)
            case UInt8(ascii: "\\"):
                scalars.append(try escape())
            case 0..<0x20:
                throw fault("control character in a string")
            case 0x20..<0x80:
                scalars.append(Unicode.Scalar(byte))
                position += 1
            default:
                scalars.append(try multibyteScalar())
            }
        }
        throw fault("string without an end", at: start)
    }

    mutating func escape() throws(LightClientError) -> Unicode.Scalar {
        let start = position
        position += 1
        guard let byte = peek() else { throw fault("string without an end", at: start) }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            var code = UInt32(try fourHexDigits(start))
            if (0xd800..<0xdc00).contains(code), takes(UInt8(ascii: "\\")), takes(UInt8(ascii: "u")) {
                let low = UInt32(try fourHexDigits(start))
                guard (0xdc00..<0xe000).contains(low) else { throw fault("unpaired surrogate", at: start) }
                code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw fault("unpaired surrogate", at: start) }
            return scalar
        default: throw fault("unknown escape", at: start)
        }
    }

    mutating func fourHexDigits(_ start: Int) throws(LightClientError) -> UInt16 {
        var code: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw fault("expected four hex digits", at: start)
            }
            code = code << 4 | UInt16(digit)
            position += 1
        }
        return code
    }

    mutating func multibyteScalar() throws(LightClientError) -> Unicode.Scalar {
        let first = text[position]
        let length: Int
        switch first {
        case 0xc2...0xdf: length = 2
        case 0xe0...0xef: length = 3
        case 0xf0...0xf4: length = 4
        default: throw fault("not UTF-8")
        }
        guard position + length <= text.count else { throw fault("not UTF-8") }
        var code = UInt32(first) & (0x7f >> UInt32(length))
        for offset in 1..<length {
            let byte = text[position + offset]
            guard byte & 0xc0 == 0x80 else { throw fault("not UTF-8") }
            code = code << 6 | UInt32(byte & 0x3f)
        }
        let shortest: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
        guard code >= shortest, let scalar = Unicode.Scalar(code) else { throw fault("not UTF-8") }
        position += length
        return scalar
    }
}
