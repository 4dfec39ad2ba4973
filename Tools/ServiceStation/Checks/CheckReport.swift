/// What a run of checks found.
struct CheckReport: Equatable {
    struct Line: Equatable {
        var step: CheckList.Step
        var verdict: CheckVerdict
        /// The last reply, as it came.
        var reply: JSONValue?
        /// Milliseconds from the first request to the last reply.
        var milliseconds: Int64
    }

    var name: String
    var device: String
    /// When it began, RFC 3339.
    var moment: String
    /// By whose certificate; nil where somebody was logged in already.
    var technician: String?
    /// What the charger says it is: the members of `ident`.
    var identity: [String: JSONValue]
    var lines: [Line]

    var holds: Bool { lines.allSatisfy { $0.verdict == .holds } }

    private var summary: String {
        let failed = lines.count { $0.verdict != .holds }
        return failed == 0 ? "all \(lines.count) hold" : "\(failed) of \(lines.count) do not hold"
    }

    private var head: [(String, String)] {
        [("charger", device), ("began", moment)] + (technician.map { [("technician", $0)] } ?? [])
            + identity.sorted { $0.key < $1.key }.filter { $0.value.isScalar && $0.value != .null }
            .map { ($0.key, Self.plain($0.value)) }
    }

    private static func plain(_ value: JSONValue) -> String {
        if case .text(let text) = value { text } else { value.encoded }
    }

    /// For people: one line a step, and what is wrong below it.
    var text: String {
        var lines = [name, ""]
        let width = head.map(\.0.count).max() ?? 0
        lines += head.map { $0.0 + String(repeating: " ", count: width - $0.0.count + 2) + $0.1 }
        lines.append("")
        for (number, line) in self.lines.enumerated() {
            lines.append("\(line.verdict == .holds ? "ok  " : "FAIL") \(number + 1) \(line.step.name)")
            lines += line.verdict.words.map { "       \($0)" }
        }
        lines += ["", summary]
        return lines.joined(separator: "\n") + "\n"
    }

    /// The same as one page that needs nothing else, with every reply.
    var page: String {
        let facts = head.map { "<tr><th>\(Self.escaped($0.0))</th><td>\(Self.escaped($0.1))</td></tr>" }
        let steps = lines.enumerated().map { number, line in
            let words = line.verdict.words.map { "<div>\(Self.escaped($0))</div>" }.joined()
            let reply = line.reply.map {
                "<details><summary>reply</summary><pre>\(Self.escaped($0.encoded))</pre></details>"
            }
            return """
                <tr class="\(line.verdict == .holds ? "ok" : "fail")"><td>\(number + 1)</td>\
                <td>\(Self.escaped(line.step.name))<br><code>\(Self.escaped(line.step.command))</code></td>\
                <td>\(line.verdict == .holds ? "ok" : "FAIL")\(words)\(reply ?? "")</td><td>\(line.milliseconds) ms</td></tr>
                """
        }
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>\(Self.escaped(name))</title>
            <style>
            body { font-family: sans-serif; margin: 2em auto; max-width: 60em; }
            table { border-collapse: collapse; margin: 1em 0; width: 100%; }
            th, td { border: 1px solid #bbb; padding: .3em .6em; text-align: left; vertical-align: top; }
            .ok td:nth-child(3) { background: #e4f5e4; } .fail td:nth-child(3) { background: #fbe0e0; }
            pre { white-space: pre-wrap; overflow-wrap: anywhere; }
            </style></head><body>
            <h1>\(Self.escaped(name))</h1><p><strong>\(summary)</strong></p>
            <table>\(facts.joined(separator: "\n"))</table>
            <table><tr><th></th><th>Step</th><th>Result</th><th>Time</th></tr>
            \(steps.joined(separator: "\n"))
            </table></body></html>

            """
    }

    /// Text within HTML.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
