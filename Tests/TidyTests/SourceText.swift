/// Swift or C text with everything but code blanked out.
///
/// Comments and the contents of string literals become spaces, so that a rule about calls is not set off by prose. Line
/// breaks stay, so line numbers do. Code in a string's interpolation stays code.
enum SourceText {
    /// The text with comments and string contents blanked; quotes stay.
    static func code(of text: String) -> String {
        var stripper = Stripper(bytes: Array(text.utf8))
        stripper.strip(untilClosingParenthesis: false)
        return String(decoding: stripper.output, as: UTF8.self)
    }

    /// The lines of a text, with their numbers counted from 1.
    static func lines(of text: String) -> [(number: Int, text: Substring)] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { ($0.offset + 1, $0.element) }
    }
}

private struct Stripper {
    let bytes: [UInt8]
    var at = 0
    var output: [UInt8] = []

    init(bytes: [UInt8]) {
        self.bytes = bytes
        output.reserveCapacity(bytes.count)
    }

    func matches(_ token: StaticString) -> Bool {
        let length = token.utf8CodeUnitCount
        guard at + length <= bytes.count else { return false }
        for offset in 0..<length where bytes[at + offset] != token.utf8Start[offset] { return false }
        return true
    }

    mutating func keep(_ count: Int = 1) {
        output.append(contentsOf: bytes[at..<min(at + count, bytes.count)])
        at = min(at + count, bytes.count)
    }

    mutating func blank(_ count: Int = 1) {
        for _ in 0..<count where at < bytes.count {
            output.append(bytes[at] == UInt8(ascii: "\n") ? bytes[at] : UInt8(ascii: " "))
            at += 1
        }
    }

    mutating func strip(untilClosingParenthesis: Bool) {
        var depth = 0
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "/") where matches("//"):
                while at < bytes.count, bytes[at] != UInt8(ascii: "\n") { blank() }
            case UInt8(ascii: "/") where matches("/*"):
                blockComment()
            case UInt8(ascii: "#"), UInt8(ascii: "\""):
                stringLiteral()
            case UInt8(ascii: "("):
                depth += 1
                keep()
            case UInt8(ascii: ")"):
                keep()
                if untilClosingParenthesis, depth == 0 { return }
                depth -= 1
            default:
                output.append(bytes[at])
                at += 1
            }
        }
    }

    mutating func blockComment() {
        var depth = 0
        repeat {
            if matches("/*") {
                depth += 1
                blank(2)
            } else if matches("*/") {
                depth -= 1
                blank(2)
            } else {
                blank()
            }
        } while depth > 0 && at < bytes.count
    }

    /// A literal `"…"` or `"""…"""`, with any number of `#` before it; a `#` that starts none is kept.
    mutating func stringLiteral() {
        var pounds = 0
        while at + pounds < bytes.count, bytes[at + pounds] == UInt8(ascii: "#") { pounds += 1 }
        guard at + pounds < bytes.count, bytes[at + pounds] == UInt8(ascii: "\"") else { return keep(max(pounds, 1)) }
        keep(pounds)
        let quotes = matches("\"\"\"") ? 3 : 1
        keep(quotes)
        while at < bytes.count {
            if closes(quotes: quotes, pounds: pounds) { return keep(quotes + pounds) }
            if quotes == 1, bytes[at] == UInt8(ascii: "\n") { return }  // unterminated: not Swift; do not run away
            if escapes(pounds: pounds) {
                let opensCode = at + 1 + pounds < bytes.count && bytes[at + 1 + pounds] == UInt8(ascii: "(")
                blank(1 + pounds)
                if opensCode {
                    keep()
                    strip(untilClosingParenthesis: true)
                } else {
                    blank()
                }
            } else {
                blank()
            }
        }
    }

    func closes(quotes: Int, pounds: Int) -> Bool {
        guard at + quotes + pounds <= bytes.count else { return false }
        return (0..<quotes).allSatisfy { bytes[at + $0] == UInt8(ascii: "\"") }
            && (0..<pounds).allSatisfy { bytes[at + quotes + $0] == UInt8(ascii: "#") }
    }

    func escapes(pounds: Int) -> Bool {
        guard bytes[at] == UInt8(ascii: "\\"), at + pounds < bytes.count else { return false }
        return (0..<pounds).allSatisfy { bytes[at + 1 + $0] == UInt8(ascii: "#") }
    }
}
