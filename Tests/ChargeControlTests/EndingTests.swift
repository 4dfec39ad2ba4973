import ChargeControl
import Quantities
import Testing

/// What the records say of a session that more than one thing ended, and a session that never got as far as charging.
@Suite struct EndingTests {
    private func ends(_ rig: Rig) -> [String] {
        rig.intents.compactMap {
            guard case .end(_, let reason, let fault, _, _) = $0 else { return nil }
            return "\(reason) \(fault.map { "\($0)" } ?? "-")"
        }
    }

    /// The record is written in the step that opens, and holds that very opening.
    @Test func aHardShutdownsWearRecordCountsItsOwnOpening() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.input.hardShutdown = true
        rig.step()
        #expect(!rig.output.contactorEnable && rig.output.shutdownComplete)
        #expect(ends(rig) == ["shutdown -"])
        #expect(rig.wears.map(\.openingsUnderLoad) == [1] && rig.wears.map(\.operations) == [1])
        rig.run(.seconds(1))
        #expect(rig.wears.count == 1 && ends(rig).count == 1)
    }

    /// A session that waits for its final reading ends for what ended it.
    @Test(arguments: [("emergency stop", "emergencyStop emergencyStop"), ("fault", "fault residualDirect")])
    func aHardShutdownKeepsTheReasonOfASessionThatIsEnding(cause: String, end: String) throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.meterAnswers = false
        if cause == "fault" { rig.input.residualDirect = true } else { rig.input.emergencyStop = true }
        rig.run(.seconds(1))
        #expect(rig.phase == .ending && ends(rig).isEmpty)
        rig.input.hardShutdown = true
        rig.step()
        #expect(ends(rig) == [end])
        #expect(rig.output.shutdownComplete)
    }

    private static let finalFaults = [
        ("emergency stop", "emergencyStop emergencyStop"), ("direct", "fault residualDirect"),
        ("meter", "meterDistrust meterDistrusted"),
    ]

    /// The owner stops it, and in the car's 6 s something worse comes.
    @Test(arguments: finalFaults)
    func aFinalFaultDuringAGentleStopNamesItself(cause: String, end: String) throws {
        for gentle in ["owner", "withdrawn", "pause"] {
            var rig = try Rig()
            try rig.startCharging()
            switch gentle {
            case "owner": rig.input.ownerStop = true
            case "withdrawn": rig.input.authorization = nil
            default: rig.limit(.grid, 0)
            }
            rig.run(.milliseconds(500))
            #expect(rig.phase == .stopping && rig.output.contactorEnable)
            switch cause {
            case "emergency stop": rig.input.emergencyStop = true
            case "direct": rig.input.residualDirect = true
            default: rig.input.meter = .distrusted
            }
            rig.run(.seconds(20))
            #expect(ends(rig) == [end], "\(gentle)")
        }
    }

    /// A gentler reason that comes second changes nothing.
    @Test func theFirstReasonOfAGentleStopStays() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.input.ownerStop = true
        rig.run(.milliseconds(500))
        rig.input.authorization = nil
        rig.input.softShutdown = true
        rig.run(.seconds(10))
        #expect(ends(rig) == ["owner -"])
    }

    /// A store that never answers must not keep a plug for ever.
    @Test func aBeginThatIsNeverDurableEndsAfterAMinute() throws {
        var rig = try Rig(cable: .socket, options: .with { $0.hasLock = true })
        rig.surroundings.proximity = Ohms(220)
        rig.acknowledgesBegin = false
        rig.run(.milliseconds(100))
        rig.car = .b
        rig.run(.milliseconds(100))
        rig.input.authorization = Rig.grant()
        try rig.await(.seconds(5)) { $0.phase == .beginning }
        rig.run(.milliseconds(58_500)) { #expect($0.phase == .beginning && $0.output.lock && !$0.isPowered) }
        rig.run(.seconds(3))
        #expect(ends(rig) == ["recordFailure -"])
        #expect(rig.phase == .ended && !rig.output.lock && rig.begins == 1)
        #expect(rig.wears.isEmpty)
        // The same grant does not begin again on this plug, and a late acknowledgement opens nothing.
        rig.acknowledgesBegin = true
        rig.run(.seconds(10)) { #expect(!$0.isPowered) }
        #expect(rig.begins == 1)
    }
}
