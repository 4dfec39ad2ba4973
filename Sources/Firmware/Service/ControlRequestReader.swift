import ChargeControl
import Quantities

/// Reads a line of the control socket: what someone on this machine asks of the charger.
///
/// `grid MA SECONDS`, `owner MA|free|stop|go [CONNECTOR]`, `phases 1|3 [CONNECTOR]`, `self-test [CONNECTOR]`, `recording
/// [CONNECTOR]`; without a connector for all of them. Who may write to the socket may do this; the socket's file mode is the permission.
struct ControlRequestReader: Sendable {
    /// How many connectors there are.
    let connectors: Int
    /// A grid operator's limit is configured.
    let hasGrid: Bool

    /// Why a line is no request: what was expected and what came.
    struct Refusal: Error, Equatable, CustomStringConvertible {
        let words: String
        var description: String { words }
    }

    /// The request in a line.
    func read(_ line: String) throws(Refusal) -> ControlRequest {
        let words = line.split(separator: " ")
        switch words.first {
        case "grid": return try grid(words)
        case "owner":
            guard words.count >= 2 else { throw refusal("owner MA|free|stop|go [CONNECTOR]", line) }
            let connector = try connector(words, at: 2)
            switch words[1] {
            case "stop": return .stop(true, by: .owner, connector: connector)
            case "go": return .stop(false, by: .owner, connector: connector)
            case "free": return .limit(nil, by: .owner, connector: connector)
            default: return .limit(try milliamps(words[1]), by: .owner, connector: connector)
            }
        case "phases":
            guard words.count >= 2, words[1] == "1" || words[1] == "3" else {
                throw refusal("phases 1|3 [CONNECTOR]", line)
            }
            return .phases(words[1] == "1" ? .single : .three, connector: try connector(words, at: 2))
        case "self-test": return .selfTest(connector: try connector(words, at: 1))
        case "recording": return .recording(connector: try connector(words, at: 1))
        default: throw refusal("grid, owner, phases, self-test, recording, rotate-keys or voucher", line)
        }
    }

    private func grid(_ words: [Substring]) throws(Refusal) -> ControlRequest {
        guard hasGrid else { throw refusal("a configuration with [limits.grid]", "none") }
        guard words.count == 3 else { throw refusal("grid MA SECONDS", words.joined(separator: " ")) }
        guard let seconds = Int64(words[2]), (1...86_400).contains(seconds) else {
            throw refusal("1 to 86400 seconds", "\(words[2])")
        }
        return .gridLimit(try milliamps(words[1]), validity: .seconds(seconds))
    }

    private func milliamps(_ word: Substring) throws(Refusal) -> Milliamps {
        guard let number = Int32(word), (0...1_000_000).contains(number) else {
            throw refusal("0 to 1000000 milliamperes", "\(word)")
        }
        return Milliamps(number)
    }

    private func connector(_ words: [Substring], at position: Int) throws(Refusal) -> UInt32 {
        guard words.count > position else { return 0 }
        let number = words.count == position + 1 ? UInt32(words[position]) : nil
        guard let number, number >= 1, number <= connectors else {
            throw refusal("a connector from 1 to \(connectors)", words[position...].joined(separator: " "))
        }
        return number
    }

    private func refusal(_ expected: String, _ found: String) -> Refusal {
        Refusal(words: "expected \(expected), got \(found.isEmpty ? "nothing" : found)")
    }
}
