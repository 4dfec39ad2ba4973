import ChargeControl
import Quantities

/// Window comparators on GPIO lines.
final class ComparatorSampler: PilotSampler {
    private let lines: any GPIOLines
    private let edges: [(role: LineRole, handle: LineHandle)]
    private let negative: LineHandle

    /// Requests the seven lines.
    init(_ wiring: GPIOWiring, _ lines: any GPIOLines) throws(BoardError) {
        self.lines = lines
        func request(_ role: LineRole) throws(BoardError) -> LineHandle {
            guard let line = wiring.lines[role] else {
                invariantBroken("a profile with comparators names each of their lines")
            }
            return try lines.requestInput(line)
        }
        var edges: [(role: LineRole, handle: LineHandle)] = []
        for role in LineRole.comparators { edges.append((role, try request(role))) }
        self.edges = edges
        negative = try request(.pilotReachesMinus10000)
    }

    func readPilot() throws(BoardError) -> PilotReading {
        var above: UInt8 = 0
        for (place, edge) in edges.enumerated() where try read(edge.handle, edge.role) { above |= 1 << place }
        let reaches = try read(negative, .pilotReachesMinus10000)
        let pattern = ComparatorPattern(above: above, negativeReaches: reaches)
        // The moment is the board thread's: it took it before this call.
        guard let sample = pattern.sample(at: MonotonicInstant(nanoseconds: 0)) else {
            throw .comparators(above: above, negativeReaches: reaches)
        }
        return PilotReading(high: sample.high, low: sample.low)
    }

    private func read(_ handle: LineHandle, _ role: LineRole) throws(BoardError) -> Bool {
        switch lines.read(handle) {
        case 0: return false
        case 1: return true
        case let code: throw .comparatorUnreadable(role: role.rawValue, errno: -code)
        }
    }
}
