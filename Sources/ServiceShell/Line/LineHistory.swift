/// The lines that were typed last, in memory alone.
struct LineHistory: Sendable {
    /// So many are kept.
    static let limit = 64

    private(set) var lines: [String] = []
    /// Where the arrows stand; `lines.count` is the line under way.
    private var place = 0
    /// What was typed before the first arrow.
    private var draft = ""

    /// Keeps a line; the same twice is kept once.
    mutating func remember(_ line: String) {
        if !line.isEmpty, lines.last != line { lines.append(line) }
        if lines.count > Self.limit { lines.removeFirst() }
        rewind()
    }

    /// A new line begins.
    mutating func rewind() {
        place = lines.count
        draft = ""
    }

    /// The line before, seen from the one that stands there now; nil before the oldest.
    mutating func earlier(than line: String) -> String? {
        guard place > 0 else { return nil }
        if place == lines.count { draft = line }
        place -= 1
        return lines[place]
    }

    /// The line behind; the draft behind the newest.
    mutating func later() -> String? {
        guard place < lines.count else { return nil }
        place += 1
        return place == lines.count ? draft : lines[place]
    }

    /// The newest line that holds a text, `skipping` so many of them.
    func search(_ text: String, skipping: Int) -> String? {
        guard !text.isEmpty else { return nil }
        let found = lines.reversed().filter { $0.contains(text) }
        return skipping < found.count ? found[skipping] : nil
    }
}
