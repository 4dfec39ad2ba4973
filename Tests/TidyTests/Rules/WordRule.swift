/// Words that no file carries: notes of unfinished work in what ships, and paths of the machine it was written on.
enum WordRule {
    /// Written in two halves, so that this file passes its own rule.
    static let unfinished = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
    static let machinePaths = ["/wo" + "rk/", "/tmp" + "/w/", "/ro" + "ot/"]

    static func check(path: String, text: String) -> [Violation] {
        // Nearly every file holds none of the words at all.
        guard (unfinished + machinePaths).contains(where: { text.contains($0) }) else { return [] }
        return SourceText.lines(of: text).flatMap { number, line in
            var found: [Violation] = []
            if path.hasPrefix("Sources/") {
                found += unfinished.filter { occurs($0, in: line, asPath: false) }
                    .map { Violation(path, number, "\($0): unfinished work does not ship; file an issue") }
            }
            found += machinePaths.filter { occurs($0, in: line, asPath: true) }
                .map { Violation(path, number, "\($0) is a path of one machine") }
            return found
        }
    }

    /// Whether the word stands by itself: `AUTODOC` holds no note, `src/work/x` no absolute path.
    static func occurs(_ word: String, in line: Substring, asPath: Bool) -> Bool {
        let bytes = Array(line.utf8)
        let sought = Array(word.utf8)
        guard bytes.count >= sought.count else { return false }
        return (0...(bytes.count - sought.count)).contains { start in
            guard bytes[start..<start + sought.count].elementsEqual(sought) else { return false }
            if start > 0, isInner(bytes[start - 1], asPath: asPath) { return false }
            let end = start + sought.count
            return asPath || end == bytes.count || !isInner(bytes[end], asPath: false)
        }
    }

    private static func isInner(_ byte: UInt8, asPath: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "}"), UInt8(ascii: ")"): asPath
        default: false
        }
    }
}
