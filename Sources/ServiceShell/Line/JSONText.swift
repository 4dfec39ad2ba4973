/// A value in a request of a program. Numbers are integers: no command takes a fraction.
indirect enum JSONText: Equatable, Sendable {
    case null
    case flag(Bool)
    case integer(Int64)
    case text(String)
    case array([JSONText])
    case object([(name: String, value: JSONText)])

    /// How deep values may lie in each other.
    static let deepest = 8

    /// Reads one value (RFC 8259), strictly: no duplicate names, no fraction, nothing behind it.
    static func parse(_ text: String) throws(ServiceShellError) -> JSONText {
        var parser = Parser(bytes: Array(text.utf8))
        parser.skipBlanks()
        let value = try parser.value(depth: 0)
        parser.skipBlanks()
        guard parser.isAtEnd else { throw parser.refusal("the end of the line") }
        return value
    }

    static func == (left: JSONText, right: JSONText) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.flag(let a), .flag(let b)): a == b
        case (.integer(let a), .integer(let b)): a == b
        case (.text(let a), .text(let b)): a == b
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)): a.elementsEqual(b) { $0.name == $1.name && $0.value == $1.value }
        default: false
        }
    }

    private struct Parser {
        let bytes: [UInt8]
        var at = 0

        var isAtEnd: Bool { at == bytes.count }

        var next: UInt8? { at < bytes.count ? bytes[at] : nil }

        func refusal(_ expected: String) -> ServiceShellError { .syntax(offset: at, expected: expected) }

        mutating func skipBlanks() {
            while let byte = next, byte == .space || byte == .tab || byte == .lineFeed || byte == .carriageReturn {
                at += 1
            }
        }

        mutating func take(_ byte: UInt8) -> Bool {
            guard next == byte else { return false }
            at += 1
            return true
        }

        mutating func value(depth: Int) throws(ServiceShellError) -> JSONText {
            guard depth < JSONText.deepest else { throw refusal("values at most \(JSONText.deepest) deep") }
            switch next {
            case UInt8(ascii: "{"): return try object(depth: depth)
            case UInt8(ascii: "["): return try array(depth: depth)
            case UInt8(ascii: "\""): return .text(try string())
            case UInt8(ascii: "t"): return try word("true", .flag(true))
            case UInt8(ascii: "f"): return try word("false", .flag(false))
            case UInt8(ascii: "n"): return try word("null", .null)
            default: return .integer(try integer())
            }
        }

        mutating func word(_ word: StaticString, _ value: JSONText) throws(ServiceShellError) -> JSONText {
            let length = word.utf8CodeUnitCount
            guard at + length <= bytes.count, (0..<length).allSatisfy({ bytes[at + $0] == word.utf8Start[$0] }) else {
                throw refusal("true, false or null")
            }
            at += length
            return value
        }

        mutating func object(depth: Int) throws(ServiceShellError) -> JSONText {
            var members: [(name: String, value: JSONText)] = []
            at += 1
            skipBlanks()
            if take(UInt8(ascii: "}")) { return .object(members) }
            repeat {
                skipBlanks()
                let place = at
                let name = try string()
                if members.contains(where: { $0.name == name }) {
                    throw .syntax(offset: place, expected: "each name once")
                }
                skipBlanks()
                guard take(UInt8(ascii: ":")) else { throw refusal("a colon") }
                skipBlanks()
                members.append((name, try value(depth: depth + 1)))
                skipBlanks()
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "}")) else { throw refusal("a comma or the end of the object") }
            return .object(members)
        }

        mutating func array(depth: Int) throws(ServiceShellError) -> JSONText {
            var elements: [JSONText] = []
            at += 1
            skipBlanks()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            repeat {
                skipBlanks()
                elements.append(try value(depth: depth + 1))
                skipBlanks()
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "]")) else { throw refusal("a comma or the end of the array") }
            return .array(elements)
        }

        mutating func integer() throws(ServiceShellError) -> Int64 {
            let start = at
            let isNegative = take(UInt8(ascii: "-"))
            var magnitude: UInt64 = 0
            let firstDigit = at
            while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                let (product, overflows) = magnitude.multipliedReportingOverflow(by: 10)
                let (sum, carries) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
                if overflows || carries { throw .syntax(offset: start, expected: "an integer of 64 bits") }
                magnitude = sum
                at += 1
            }
            let digits = at - firstDigit
            if digits == 0 { throw .syntax(offset: start, expected: "a value") }
            if digits > 1, bytes[firstDigit] == UInt8(ascii: "0") {
                throw .syntax(offset: start, expected: "an integer without leading zeros")
            }
            if let byte = next, byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e") {
                throw refusal("an integer, not a fraction")
            }
            guard let value = isNegative ? Self.negated(magnitude) : Int64(exactly: magnitude) else {
                throw .syntax(offset: start, expected: "an integer of 64 bits")
            }
            return value
        }

        private static func negated(_ magnitude: UInt64) -> Int64? {
            magnitude == Int64.min.magnitude ? .min : Int64(exactly: magnitude).map { -$0 }
        }

        mutating func string() throws(ServiceShellError) -> String {
            guard take(UInt8(ascii: "\"")) else { throw refusal("a string") }
            var content: [UInt8] = []
            while let byte = next {
                switch byte {
                case UInt8(ascii: "\""):
                    at += 1
                    guard let text = String(validating: content, as: UTF8.self) else { throw refusal("UTF-8") }
                    return text
                case UInt8(ascii: "\\"):
                    at += 1
                    content += try escaped()
                case 0..<0x20: throw refusal("no control character in a string")
                default:
                    content.append(byte)
                    at += 1
                }
            }
            throw refusal("the end of the string")
        }

        mutating func escaped() throws(ServiceShellError) -> [UInt8] {
            guard let byte = next else { throw refusal("an escape") }
            at += 1
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
            case UInt8(ascii: "b"): return [0x08]
            case UInt8(ascii: "f"): return [0x0C]
            case UInt8(ascii: "n"): return [0x0A]
            case UInt8(ascii: "r"): return [0x0D]
            case UInt8(ascii: "t"): return [0x09]
            case UInt8(ascii: "u"): return try unicodeEscape()
            default:
                at -= 1
                throw refusal("an escape of JSON")
            }
        }

        /// `\uXXXX`, or a surrogate pair of two (RFC 8259 section 7).
        mutating func unicodeEscape() throws(ServiceShellError) -> [UInt8] {
            let first = try hexQuad()
            var value = UInt32(first)
            if UTF16.isLeadSurrogate(first) {
                guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw refusal("the second surrogate") }
                let second = try hexQuad()
                guard UTF16.isTrailSurrogate(second) else { throw refusal("the second surrogate") }
                value = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(value) else { throw refusal("a Unicode scalar") }
            return Array(String(Character(scalar)).utf8)
        }

        mutating func hexQuad() throws(ServiceShellError) -> UInt16 {
            var value: UInt16 = 0
            for _ in 0..<4 {
                guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                    throw refusal("a hex digit")
                }
                value = value << 4 | UInt16(digit)
                at += 1
            }
            return value
        }
    }
}
