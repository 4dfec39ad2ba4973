/// Text from outside, for an HTML page.
enum HTMLText {
    /// A text as HTML shows it: no character of it means anything to the reader of the markup, whether it stands in an
    /// element or in a quoted attribute. Controls, and marks that turn the direction of writing, become a visible sign.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\u{00}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{200B}"..."\u{200F}", "\u{2028}"..."\u{202E}",
                "\u{2060}"..."\u{206F}", "\u{FEFF}", "\u{FFF9}"..."\u{FFFB}":
                escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// An identifier in groups of eight, with places where a line may break.
    static func grouped(_ hex: String) -> String {
        var parts: [Substring] = []
        var rest = Substring(hex)
        while !rest.isEmpty {
            parts.append(rest.prefix(8))
            rest = rest.dropFirst(8)
        }
        return parts.map { escaped(String($0)) }.joined(separator: "<wbr>")
    }
}
