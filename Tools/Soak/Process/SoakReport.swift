import ChargeControl
import ControlSoak

/// What a run went through, for people.
struct SoakReport {
    let coverage: Coverage
    /// Pairs of row and phase that were not reached and for which no reason is known.
    let holes: Int

    init(_ coverage: Coverage) {
        self.coverage = coverage
        var holes = 0
        for code in FaultCode.allCases {
            for phase in SessionPhase.allCases
            where coverage.count(code, in: phase) == 0 && Unreachable.reason(code, phase) == nil { holes += 1 }
        }
        self.holes = holes
    }

    /// Every row of the fault table by every phase: how often it was raised there.
    func printTable() {
        print("\nraised, by the phase in which it happened (- : cannot be, see below; 0 : was not reached)")
        print(Self.cell("", 24) + SessionPhase.allCases.map { Self.cell("\($0)", 11) }.joined())
        for code in FaultCode.allCases {
            let cells = SessionPhase.allCases.map { phase in
                let count = coverage.count(code, in: phase)
                return Self.cell(count == 0 && Unreachable.reason(code, phase) != nil ? "-" : "\(count)", 11)
            }
            print(Self.cell("\(code)", 24) + cells.joined())
        }
        print("")
        for code in FaultCode.allCases {
            var reasons: [String: [String]] = [:]
            for phase in SessionPhase.allCases where coverage.count(code, in: phase) == 0 {
                if let reason = Unreachable.reason(code, phase) { reasons["\(reason)", default: []].append("\(phase)") }
            }
            for (reason, phases) in reasons.sorted(by: { $0.key < $1.key }) {
                print("\(code) not in \(phases.joined(separator: ", ")): \(reason)")
            }
        }
    }

    func printSums(milliseconds: Double, jobs: Int) {
        let troubles = coverage.troubles
        print(
            """

            \(coverage.sequences) sequences, \(coverage.steps) steps (\(coverage.steps / 200) s of virtual time), \
            \(Int(milliseconds) / 1_000) s on \(jobs) jobs, \
            \(Int(milliseconds * 1_000_000 * Double(jobs)) / max(coverage.steps, 1)) ns a step
            \(coverage.sessions) sessions, \(coverage.ends) ends, \(coverage.closings) closings, \(coverage.testClosings) by tests, \(coverage.restarts) restarts
            \(troubles[0]) events of cars, \(troubles[1]) of users, \(troubles[2]) faults, \(troubles[3]) stalls
            \(holes) pairs of row and phase were not reached
            """)
    }

    private static func cell(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
