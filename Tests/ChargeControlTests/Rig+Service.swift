import ChargeControl
import Quantities
import Testing

/// A technician at the rig.
extension Rig {
    /// Whether service mode stands.
    var isInService: Bool { output.service.visit != 0 }
    /// The newest test.
    var test: ServiceTestReport { output.service.test }

    /// Asks for service mode in the next step.
    mutating func ask(visit: UInt32 = 1) {
        input.service.visit = visit
        step()
    }

    /// An empty plug for long enough, and service mode.
    mutating func enterService(visit: UInt32 = 1, sourceLocation: SourceLocation = #_sourceLocation) throws {
        run(.seconds(6))
        ask(visit: visit)
        try #require(isInService, "\(String(describing: output.service.ended))", sourceLocation: sourceLocation)
    }

    /// Asks for a test in the next step.
    mutating func begin(_ wish: ServiceTest, number: UInt32 = 1) {
        input.service.test = wish
        input.service.testNumber = number
        step()
    }

    /// Runs until the test is over, at most so long; how long the contactor was told closed meanwhile.
    @discardableResult
    mutating func finishTest(_ limit: Nanoseconds = .seconds(10)) throws -> Nanoseconds {
        var closed = Nanoseconds.zero
        let end = now + limit
        while test.stage == .driving || test.stage == .releasing {
            if output.contactorEnable { closed += .milliseconds(5) }
            try #require(now < end)
            step()
        }
        return closed
    }
}
