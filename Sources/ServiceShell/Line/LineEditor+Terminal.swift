// What works on a terminal that can move its cursor: arrows, Home, End, Delete, Ctrl-A B D E F K L N P, Tab, and Ctrl-R, which
// searches what was typed before.
extension LineEditor {
    /// Asks a terminal for its size: to the far corner, where is that, and back. One that does not answer is dumb.
    static let sizeQuestion = Array("\u{1B}7\u{1B}[999;999H\u{1B}[6n\u{1B}8".utf8)
    private static let clearToEnd = Array("\u{1B}[K".utf8)

    var textBeforeCursor: String { String(decoding: buffer[..<cursor], as: UTF8.self) }

    /// What stands behind the cursor, shown again, and the cursor back; empty at the line's end.
    var tail: [UInt8] {
        guard cursor < buffer.count else { return [] }
        return buffer[cursor...] + Self.clearToEnd + Self.left(characters(in: cursor..<buffer.count))
    }

    /// Puts another line in the place of this one.
    mutating func replaceLine(with line: String) -> Step {
        let back = Self.left(characters(in: 0..<cursor))
        buffer = Array(line.utf8.prefix(Self.limit))
        cursor = buffer.count
        return Step(echo: back + Self.clearToEnd + buffer)
    }

    /// Puts text in before the cursor.
    mutating func insert(_ text: String) -> [UInt8] {
        text.utf8.reduce(into: []) { $0 += append($1, echo: true).echo }
    }

    /// A control character that is a key here; nil where it is none.
    mutating func terminalKey(_ byte: UInt8) -> Step? {
        switch byte {
        case 0x01: return move(to: 0)
        case 0x02: return move(to: before(cursor))
        case 0x04: return deleteForward()
        case 0x05: return move(to: buffer.count)
        case 0x06: return move(to: behind(cursor))
        case 0x0B:
            buffer.removeSubrange(cursor...)
            return Step(echo: Self.clearToEnd)
        case 0x0C: return Step(event: .clearScreen)
        case 0x0E: return history.later().map { replaceLine(with: $0) } ?? Step()
        case 0x10: return history.earlier(than: text).map { replaceLine(with: $0) } ?? Step()
        case 0x12:
            search = ([], 0)
            return Step(echo: showSearch(from: 0))
        default: return nil
        }
    }

    /// What an escape sequence means that ends with this byte. Any other is dropped.
    mutating func sequence(_ final: UInt8) -> Step {
        if final == UInt8(ascii: "R"), let size = cursorReport {
            isTerminal = true
            return Step(event: .terminal(rows: size.rows, columns: size.columns))
        }
        guard isTerminal else { return Step() }
        switch (final, parameters) {
        case (UInt8(ascii: "A"), []): return terminalKey(0x10) ?? Step()
        case (UInt8(ascii: "B"), []): return terminalKey(0x0E) ?? Step()
        case (UInt8(ascii: "C"), []): return move(to: behind(cursor))
        case (UInt8(ascii: "D"), []): return move(to: before(cursor))
        case (UInt8(ascii: "H"), []), (UInt8(ascii: "~"), [0x31]): return move(to: 0)
        case (UInt8(ascii: "F"), []), (UInt8(ascii: "~"), [0x34]): return move(to: buffer.count)
        case (UInt8(ascii: "~"), [0x33]): return deleteForward()
        default: return Step()
        }
    }

    /// Rows and columns in a cursor position report, `ESC [ row ; column R`.
    private var cursorReport: (rows: Int, columns: Int)? {
        let numbers = String(decoding: parameters, as: UTF8.self).split(separator: ";").map { Int($0) }
        guard numbers.count == 2, let rows = numbers[0], let columns = numbers[1],
            (1...1_000).contains(rows), (1...1_000).contains(columns)
        else { return nil }
        return (rows, columns)
    }

    /// A key while Ctrl-R searches: letters narrow it, Ctrl-R goes further back, Enter takes what was found into the line for
    /// another look; nothing is executed from here.
    mutating func searching(_ byte: UInt8) -> Step {
        guard var looking = search else { return Step() }
        let shown = searchLine.utf8.count
        switch byte {
        case 0x12: looking.skipping += 1
        case .backspace, .delete: _ = looking.text.popLast()
        case .carriageReturn, .lineFeed, .tab:
            let found = history.search(String(decoding: looking.text, as: UTF8.self), skipping: looking.skipping)
            search = nil
            buffer = Array((found ?? "").utf8)
            cursor = buffer.count
            return Step(echo: Self.left(shown) + Self.clearToEnd + buffer)
        case 0x20...0x7E where looking.text.count < 64: (looking.text, looking.skipping) = (looking.text + [byte], 0)
        default:
            clear()
            return Step(echo: Self.left(shown) + Self.clearToEnd)
        }
        search = looking
        return Step(echo: showSearch(from: shown))
    }

    private var searchLine: String {
        guard let search else { return "" }
        let text = String(decoding: search.text, as: UTF8.self)
        return "(search) \(text): \(history.search(text, skipping: search.skipping) ?? "")"
    }

    private mutating func showSearch(from shown: Int) -> [UInt8] {
        let back = shown == 0 ? Self.left(characters(in: 0..<cursor)) : Self.left(shown)
        buffer = []
        cursor = 0
        return back + Self.clearToEnd + Array(searchLine.utf8)
    }

    private mutating func move(to place: Int) -> Step {
        defer { cursor = place }
        if place < cursor { return Step(echo: Self.left(characters(in: place..<cursor))) }
        return Step(echo: Array(buffer[cursor..<place]))
    }

    private mutating func deleteForward() -> Step {
        guard cursor < buffer.count else { return Step() }
        buffer.removeSubrange(cursor..<behind(cursor))
        return Step(echo: cursor < buffer.count ? tail : Self.clearToEnd)
    }

    private func before(_ place: Int) -> Int {
        var place = max(0, place - 1)
        while place > 0, Self.isContinuation(buffer[place]) { place -= 1 }
        return place
    }

    private func behind(_ place: Int) -> Int {
        var place = min(buffer.count, place + 1)
        while place < buffer.count, Self.isContinuation(buffer[place]) { place += 1 }
        return place
    }

    private func characters(in range: Range<Int>) -> Int { buffer[range].count { !Self.isContinuation($0) } }

    private static func left(_ count: Int) -> [UInt8] { count == 0 ? [] : Array("\u{1B}[\(count)D".utf8) }
}
