/// A JSON object written member by member, in one line.
public struct JSONObject: Sendable {
    private var members: [String] = []

    /// An object without members.
    public init() {}

    /// The object as text.
    public var text: String { "{" + members.joined(separator: ",") + "}" }

    /// A number; `null` for none.
    public mutating func add(_ name: String, _ value: (some BinaryInteger)?) {
        members.append("\"\(name)\":\(value.map { "\($0)" } ?? "null")")
    }

    /// A truth value.
    public mutating func add(_ name: String, _ value: Bool) { members.append("\"\(name)\":\(value)") }

    /// A text.
    public mutating func add(_ name: String, _ value: String) { members.append("\"\(name)\":\(Self.quoted(value))") }

    /// An object.
    public mutating func add(_ name: String, _ value: JSONObject) { members.append("\"\(name)\":\(value.text)") }

    /// Numbers.
    public mutating func add(_ name: String, _ values: [some BinaryInteger]) {
        members.append("\"\(name)\":[" + values.map { "\($0)" }.joined(separator: ",") + "]")
    }

    /// A text in quotes, with what JSON forbids escaped (RFC 8259 clause 7).
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case let control where control.value < 0x20:
                let digits = String(control.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
