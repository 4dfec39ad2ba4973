import ChargeControl
import Quantities
import Testing

/// Many rows in one step (`Sources/ChargeControl/Faults`).
@Suite struct FaultBoundaryTests {
    /// The causes that can all be there in one step, each with the time that its row takes.
    private static let causes: [(code: FaultCode, lead: Int64, cause: @Sendable (inout Rig, Bool) -> Void)] = [
        (.overvoltage, 1_000, { $0.surroundings.voltage = Millivolts($1 ? 280_000 : 230_000) }),
        (.earthMissing, 500, { $0.surroundings.earth = !$1 }),
        (.enclosureOpen, 500, { $0.input.enclosureOpen = $1 }),
        (.gateLost, 250, { $0.surroundings.gateAnswers = !$1 }),
        (.pilotInvalid, 20, { $0.car = $1 ? .invalid : .b }),
        (.residualDirect, 5, { $0.surroundings.direct = $1 }),
        (.residualAlternating, 5, { $0.surroundings.alternating = $1 }),
        (.emergencyStop, 5, { $0.input.emergencyStop = $1 }),
        (.brownOut, 5, { $0.input.supplyLow = $1 }),
        (.meterDistrusted, 0, { $0.input.meter = $1 ? .distrusted : .ok }),
    ]

    private func changes(_ output: ControlOutput) -> Int {
        (0..<output.records.count).count {
            switch output.records[$0] {
            case .faultLatched, .faultCleared: true
            default: false
            }
        }
    }

    /// A step gives out eight changes of the table; what is left follows in the next, and nothing is lost or told twice.
    @Test func eightChangesAStep() throws {
        var rig = try Rig(
            options: .with {
                $0.watchesVoltage = true
                $0.watchesEarth = true
                $0.hasGateReadback = true
            })
        rig.car = .b
        rig.input.recordStore = .failed
        rig.run(.seconds(5))
        // The store's row clears in the step in which all the others are raised.
        let all = rig.now + .milliseconds(1_500)
        rig.input.recordStore = .failed
        var clears = rig
        clears.input.recordStore = .ok
        try clears.await(.seconds(2)) { !$0.stands(.recordsFailed) }
        let clearing = clears.now - rig.now
        var most = 0
        while rig.now < all + .milliseconds(50) {
            for (_, lead, cause) in Self.causes where rig.now + .milliseconds(5) == all - .milliseconds(lead) {
                cause(&rig, true)
            }
            if rig.now + clearing == all { rig.input.recordStore = .ok }
            rig.step()
            if rig.now == all {
                #expect(Self.causes.allSatisfy { rig.stands($0.code) } && !rig.stands(.recordsFailed))
                #expect(changes(rig.output) == 8)
            }
            most = max(most, changes(rig.output))
        }
        #expect(most == 8)
        for (code, _, _) in Self.causes { #expect(rig.raised(code) == 1, "\(code)") }
        #expect(rig.clearings(of: .recordsFailed) == [.condition])
    }

    /// Alternating residual current within 2 s of the closing is the installation's, and is not tried again; later it is.
    @Test func twoSecondsAfterTheClosingToTheStep() throws {
        for (later, isRetried) in [(Int64(0), false), (5, true)] {
            var rig = try Rig()
            try rig.startOffering()
            rig.car = .c
            try rig.await(.seconds(4)) { $0.output.contactorEnable }
            // Raised by its second sample.
            rig.run(.milliseconds(1_990 + later))
            rig.surroundings.alternating = true
            rig.run(.milliseconds(10))
            #expect(rig.raised(.residualAlternating) == 1)
            rig.surroundings.alternating = false
            rig.run(.seconds(310))
            #expect(rig.stands(.residualAlternating) != isRetried, "\(later) ms later")
        }
    }

    /// Of two faults that end the session the first of the table's is named.
    @Test func theFirstOfTheTableEndsTheSession() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.input.emergencyStop = true
        rig.step()
        rig.input.meter = .distrusted
        rig.run(.seconds(1))
        #expect(rig.raised(.emergencyStop) == 1 && rig.raised(.meterDistrusted) == 1)
        #expect(rig.endReasons == [.emergencyStop])
    }
}
