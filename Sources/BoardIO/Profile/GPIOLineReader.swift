import ConfigurationText
import Quantities

/// Reads the `[[line]]` tables of a profile of kind `gpio`.
struct GPIOLineReader {
    let root: TomlTable

    /// The longest debouncing, in milliseconds: with the sampling interval it stays below what a stop may take.
    private static let longestDebounce: Int64 = 20

    /// The lines by role; nil where there are none. Each mistake is noted where it stands.
    func read() -> [LineRole: GPIOLine]? {
        guard let tables = root.tables("line", count: 1...LineRole.allCases.count) else { return nil }
        var lines: [LineRole: GPIOLine] = [:]
        for table in tables {
            guard let (role, line) = read(table) else { continue }
            if lines[role] != nil {
                table.report("role", expected: "each role once", found: "\"\(role.rawValue)\" again")
            }
            // A line without a chip may be on any.
            let isTaken = lines.values.contains {
                $0.place == line.place && ($0.chip == nil || line.chip == nil || $0.chip == line.chip)
            }
            if isTaken {
                table.report(
                    table.has("name") ? "name" : "offset", expected: "each line once", found: "\"\(line.text)\" again")
            }
            lines[role] = line
        }
        return lines
    }

    private func read(_ table: TomlTable) -> (LineRole, GPIOLine)? {
        let role = table.choice("role", of: LineRole.self)
        let chip = table.string("chip", length: 1...64, required: table.has("offset"))
        let place = readPlace(table)
        var line = GPIOLine(chip: chip, place: place ?? .offset(0))
        line.activeLow = table.boolean("active_low", required: false) ?? false
        line.bias = table.choice("bias", of: LineBias.self, required: false) ?? .asIs
        line.drive = table.choice("drive", of: LineDrive.self, required: false) ?? .pushPull
        line.debounce = .milliseconds(table.integer("debounce_ms", in: 0...Self.longestDebounce, required: false) ?? 0)
        line.keepsEdges = table.boolean("edges", required: false) ?? false
        guard let role, place != nil else { return nil }
        checkDirection(role, line, table)
        return (role, line)
    }

    private func readPlace(_ table: TomlTable) -> GPIOLine.Place? {
        guard table.has("offset") else { return table.string("name", length: 1...32).map { .name($0) } }
        if table.has("name") {
            table.report("offset", expected: "a name or an offset, not both", found: "both")
        }
        return table.integer("offset", in: 0...511).map { .offset(Int($0)) }
    }

    /// Low is what a pin is that nobody drives: at reset, before the start, behind a broken wire.
    private func checkUndriven(_ line: GPIOLine, _ table: TomlTable) {
        if line.activeLow {
            table.report("active_low", expected: "false: an enable that nobody drives must not close", found: "true")
        }
        // What is active while nobody drives it is pulled up by something else, which goes on at reset.
        if line.drive == .openDrain {
            table.report(
                "drive", expected: "\"push-pull\" or \"open-source\": an enable that nobody drives must not close",
                found: "\"open-drain\"")
        }
    }

    /// Where the profile says by which resistor a wire is pulled, it says what the wire reads once it is broken. Without a stated
    /// bias that is the board's own circuit, which no profile shows.
    private func checkBrokenWire(_ role: LineRole, _ line: GPIOLine, _ table: TomlTable) {
        guard let wanted = role.levelOfBrokenWire, line.bias == .pullUp || line.bias == .pullDown else { return }
        let right: LineBias = wanted != line.activeLow ? .pullUp : .pullDown
        guard line.bias != right else { return }
        table.report(
            "bias",
            expected: "\"\(right.rawValue)\": a broken wire must \(wanted ? "read" : "not read") as active here",
            found: "\"\(line.bias.rawValue)\"")
    }

    private func checkDirection(_ role: LineRole, _ line: GPIOLine, _ table: TomlTable) {
        if role.closesContacts { checkUndriven(line, table) }
        checkBrokenWire(role, line, table)
        if role.isOutput {
            if line.bias != .asIs {
                table.report("bias", expected: "no bias on an output", found: "\"\(line.bias.rawValue)\"")
            }
            if line.debounce != .zero {
                table.report(
                    "debounce_ms", expected: "no debouncing of an output",
                    found: "\(line.debounce.wholeMilliseconds) ms")
            }
        } else if line.drive != .pushPull {
            table.report("drive", expected: "no drive on an input", found: "\"\(line.drive.rawValue)\"")
        }
        if role.opensPromptly, line.debounce != .zero {
            // These open within 20 to 40 ms by the core's own persistence, which is their only filter.
            table.report(
                "debounce_ms", expected: "no debouncing of what opens the contactor at once",
                found: "\(line.debounce.wholeMilliseconds) ms")
        }
        guard line.keepsEdges else { return }
        if !role.isMomentary {
            table.report(
                "edges", expected: "edges only of what stops a session, such as \"emergency-stop\"",
                found: "\"\(role.rawValue)\"")
        }
        if line.debounce != .zero {
            table.report(
                "edges", expected: "edges, which keep what is short, or debouncing, which drops it", found: "both")
        }
    }
}
