import Glibc

/// How far a transfer is, on a terminal in one line that changes, elsewhere a line for each tenth.
struct ProgressBar {
    private let isTerminal: Bool
    private let start: Int64
    private var first: Int?
    private var shown = -1

    init(isTerminal: Bool, at now: Int64) {
        self.isTerminal = isTerminal
        start = now
    }

    /// The text to show now, or nil where nothing has changed that is shown.
    ///
    /// - Parameters:
    ///   - sent: bytes that the charger has.
    ///   - now: milliseconds of any clock.
    mutating func text(sent: Int, of total: Int, at now: Int64) -> String? {
        let began = first ?? sent
        first = began
        let percent = total == 0 ? 100 : sent * 100 / total
        let step = isTerminal ? percent : percent / 10 * 10
        guard step != shown || sent == total else { return nil }
        shown = step
        let seconds = Double(max(1, now - start)) / 1_000
        let speed = Double(sent - began) / seconds
        var text = "\(percent) % of \(total / 1_024) KiB, \(Int(speed / 1_024)) KiB/s"
        if speed > 0, sent < total { text += ", \(Int(Double(total - sent) / speed)) s to go" }
        guard isTerminal else { return text + "\n" }
        let filled = percent * 30 / 100
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled)
        return "\r[\(bar)] \(text)\u{1B}[K" + (sent == total ? "\n" : "")
    }

    /// Milliseconds of the monotonic clock.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
