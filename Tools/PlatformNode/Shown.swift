import LightClient
import SignedRecords

/// What a command tells: as JSON, or as lines for people.
enum Shown: Sendable {
    case text(String)
    case number(Int64)
    case flag(Bool)
    /// Nothing is known.
    case none
    case list([Shown])
    /// Names and values, in the order in which they are shown.
    case object([(name: String, value: Shown)])

    /// A moment: RFC 3339, UTC.
    static func time(_ moment: UTCMilliseconds) -> Shown {
        .text(Timestamp(unixMilliseconds: moment.rawValue)?.rfc3339 ?? "\(moment.rawValue)")
    }

    /// A value that may be absent.
    static func optional<Value>(_ value: Value?, _ shown: (Value) -> Shown) -> Shown { value.map(shown) ?? .none }

    /// An identifier in hexadecimal.
    static func id(_ id: some FixedBytes) -> Shown { .text(id.hex) }

    /// One that may be absent.
    static func id(_ id: (some FixedBytes)?) -> Shown { id.map { .text($0.hex) } ?? .none }

    /// This object with further members.
    func with(_ more: KeyValuePairs<String, Shown>) -> Shown {
        guard case .object(let members) = self else { return self }
        return .object(members + more.map { (name: $0.key, value: $0.value) })
    }

    // MARK: Text

    /// JSON on one line.
    var json: String {
        switch self {
        case .text(let text): Self.quoted(text)
        case .number(let number): "\(number)"
        case .flag(let flag): flag ? "true" : "false"
        case .none: "null"
        case .list(let items): "[" + items.map(\.json).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { Self.quoted($0.name) + ":" + $0.value.json }.joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    /// For people: `name=value` on one line, then each object of a list on a line of its own, indented, behind its list's name.
    /// What is not known is left out.
    var lines: [String] {
        switch self {
        case .object(let members):
            var words: [String] = []
            var below: [String] = []
            for (name, value) in members {
                switch value {
                case .none: continue
                case .object: below += Self.indented(name, value.lines)
                case .list(let items) where items.contains(where: \.isObject):
                    for item in items { below += Self.indented(name, item.lines) }
                default: words.append("\(name)=\(value.word)")
                }
            }
            return (words.isEmpty ? [] : [words.joined(separator: " ")]) + below
        case .list(let items): return items.flatMap(\.lines)
        default: return [word]
        }
    }

    private static func indented(_ name: String, _ lines: [String]) -> [String] {
        lines.enumerated().map { $0 == 0 ? "  \(name): \($1)" : "  \($1)" }
    }

    private var isObject: Bool { if case .object = self { true } else { false } }

    private var word: String {
        switch self {
        case .text(let text): text.isEmpty || text.contains(" ") || text.contains("\"") ? Self.quoted(text) : text
        case .list(let items): items.isEmpty ? "-" : items.map(\.word).joined(separator: ",")
        default: json
        }
    }
}

// The types are named, not left to be found.
extension Shown: ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    typealias StringLiteralType = String
    typealias ArrayLiteralElement = Shown
    typealias Key = String
    typealias Value = Shown

    init(stringLiteral value: String) { self = .text(value) }
    init(arrayLiteral elements: Shown...) { self = .list(elements) }
    init(dictionaryLiteral elements: (String, Shown)...) { self = .object(elements.map { (name: $0, value: $1) }) }
}

extension OutputOptions {
    /// Prints one thing: a JSON object, or its lines.
    func show(_ shown: Shown) { print(json ? shown.json : shown.lines.joined(separator: "\n")) }

    /// Prints things: JSON lines, or each one's lines.
    func show(each things: [Shown]) { for thing in things { show(thing) } }
}
