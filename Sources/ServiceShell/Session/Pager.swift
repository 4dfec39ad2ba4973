/// Lines that do not fit the screen, shown a screen at a time.
struct Pager: Sendable {
    private static let mark = Array("--More--".utf8)
    /// Over the mark, and away with it.
    private static let clear = Array("\r\u{1B}[K".utf8)

    private var lines: ArraySlice<String> = []
    /// Lines of the screen; 0 shows everything at once.
    var height = 0

    /// Whether something waits for a key.
    var isWaiting: Bool { !lines.isEmpty }

    /// Shows the first screen of these lines.
    mutating func show(_ all: [String]) -> [UInt8] {
        lines = all[...]
        return next(height == 0 ? all.count : height - 1)
    }

    /// Takes a key: space for a screen, Enter for a line, q for the end.
    mutating func key(_ byte: UInt8) -> [UInt8] {
        switch byte {
        case .space: return Self.clear + next(max(1, height - 1))
        case .carriageReturn: return Self.clear + next(1)
        case UInt8(ascii: "q"), .interrupt:
            lines = []
            return Self.clear
        default: return []
        }
    }

    mutating func drop() { lines = [] }

    private mutating func next(_ count: Int) -> [UInt8] {
        let shown = lines.prefix(count)
        lines = lines.dropFirst(count)
        return shown.flatMap { Array($0.utf8) + [.carriageReturn, .lineFeed] } + (lines.isEmpty ? [] : Self.mark)
    }
}
