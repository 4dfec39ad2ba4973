import Quantities

/// The reset lines of both peak-hold circuits.
final class PeakResets: Sendable {
    private let times: GPIOWiring.PeakReset
    private let lines: any GPIOLines
    private let resets: [(role: LineRole, handle: LineHandle)]

    /// Requests both lines, inactive.
    init(_ times: GPIOWiring.PeakReset, _ wiring: GPIOWiring, _ lines: any GPIOLines) throws(BoardError) {
        self.times = times
        self.lines = lines
        var resets: [(role: LineRole, handle: LineHandle)] = []
        for role in [LineRole.pilotHighReset, .pilotLowReset] {
            guard let line = wiring.lines[role] else { invariantBroken("a profile with resets names both lines") }
            resets.append((role, try lines.requestOutput(line, initially: false)))
        }
        self.resets = resets
    }

    /// Empties both circuits at once, and waits until they hold the peaks of what came since.
    ///
    /// A circuit that could not be emptied would tell of a pilot that was: that is no reading.
    func begin() throws(BoardError) {
        try write(true)
        sleep(until: monotonicNow() + times.active)
        try write(false)
        sleep(until: monotonicNow() + times.settle)
    }

    private func write(_ active: Bool) throws(BoardError) {
        var failure: BoardError?
        for reset in resets {
            let code = lines.write(active, to: reset.handle)
            if code != 0 { failure = .resetUnwritable(role: reset.role.rawValue, errno: -code) }
        }
        if let failure { throw failure }
    }
}
