/// One line of JSON a record, for `records show`: integers in decimal, bytes in lower-case hex, codes by name.
extension SignedRecord {
    /// The line, without a line end: `{"hash":…,"version":1,…}` in the order of the field numbers.
    public var jsonLine: String {
        var output = "{\"hash\":\"\(hash.hex)\""
        for field in record.fields {
            output += ","
            Self.append(field, to: &output)
        }
        return output + "}"
    }

    private static func append(_ field: RecordField, to output: inout String) {
        output += "\"\(field.name)\":"
        append(field.value, to: &output)
    }

    private static func append(_ value: RecordFieldValue, to output: inout String) {
        switch value {
        case .unsigned(let number): output += String(number)
        case .signed(let number): output += String(number)
        case .bytes(let bytes): output += "\"\(Hexadecimal.encode(bytes))\""
        case .text(let text): appendText(text, to: &output)
        case .bool(let flag): output += flag ? "true" : "false"
        case .code(_, let name): appendText(name.description, to: &output)
        case .fields(let fields):
            output += "{"
            for (index, field) in fields.enumerated() {
                if index > 0 { output += "," }
                append(field, to: &output)
            }
            output += "}"
        case .list(let items):
            output += "["
            for (index, item) in items.enumerated() {
                if index > 0 { output += "," }
                append(item, to: &output)
            }
            output += "]"
        }
    }

    /// Quoted, with the escapes that RFC 8259 section 7 requires. Records hold no control characters.
    private static func appendText(_ text: String, to output: inout String) {
        output += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            default: output.unicodeScalars.append(scalar)
            }
        }
        output += "\""
    }
}
