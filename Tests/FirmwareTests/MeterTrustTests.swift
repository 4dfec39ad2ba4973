import ChargeControl
import Foundation
import Metering
import Quantities
import SignedRecords
import Testing

@testable import Firmware
@testable import Simulator

/// What the firmware makes of a meter that is doubted, that lies, or that must not be sold from.
@Suite("A meter that is not believed")
struct MeterTrustTests {
    private static let moment = MonotonicInstant(nanoseconds: 5_000_000_000)

    private func live(_ amperes: Int32, at: MonotonicInstant) -> LiveValues {
        let current = Milliamps(amperes * 1_000)
        let voltage = Millivolts(231_000)
        return LiveValues(
            at: at, power: nil, voltages: PerPhase(l1: voltage, l2: voltage, l3: voltage),
            currents: PerPhase(l1: current, l2: current, l3: current), frequency: Millihertz(50_010))
    }

    private func news(_ reason: Implausibility, isDistrust: Bool) -> MeterNews {
        MeterNews(
            .refused(
                ReadingRefusal(
                    reason: .implausible(reason), evidence: nil, confirmation: nil, total: 1, isDistrust: isDistrust)),
            at: Self.moment)
    }

    @Test("a meter that is not believed is distrusted, and a reading that is doubted is refused")
    func reasons() {
        let fall = Implausibility.fell(from: MilliwattHours(2), to: MilliwattHours(1))
        guard case .distrusted(at: Self.moment) = news(fall, isDistrust: true) else {
            Issue.record("a meter that lies is not distrusted")
            return
        }
        guard case .refused(at: Self.moment) = news(fall, isDistrust: false) else {
            Issue.record("a doubtful reading is not refused")
            return
        }
    }

    @Test("voltages and currents of a doubtful reading count as any other's")
    func doubtfulReadingsProtect() {
        var window = ReadingWindow()
        window.take(live(45, at: Self.moment))
        let later = Self.moment + .milliseconds(1_500)
        #expect(window.currents(at: later, validity: .milliseconds(1_500)).second == Milliamps(45_000))
        #expect(window.currents(at: later, validity: .milliseconds(1_499)).second == nil)
        #expect(window.mains(at: Self.moment + .seconds(1)).third == Millivolts(231_000))
        #expect(window.mains(at: Self.moment + .milliseconds(1_001)).third == nil)
    }

    /// Boards on GPIO measure no currents: what the meter says of them is all that over-current has to go by.
    @Test("over-current opens while the energy is in doubt")
    func doubtDoesNotBlindOvercurrent() throws {
        let rig = try LoopRig(connectors: 1, boardsMeasureCurrents: false)
        rig.authorize(0)
        rig.boards[0].plant { $0.plug() }
        #expect(rig.run(.seconds(30)) { $0.phase(0) == .charging })
        rig.run(.seconds(5))
        rig.metersAnswer = false
        #expect(rig.queues[0].meter.offer(.live(live(45, at: rig.now))))
        #expect(rig.run(.milliseconds(500)) { $0.displays[0]?.fault == .overcurrentHardware })
        rig.run(.milliseconds(100))
        #expect(!rig.boards[0].plant { $0.contactor.isClosed })
    }

    @Test("a session with a meter that lies ends as distrust")
    func distrustEndsTheSession() throws {
        let rig = try LoopRig(connectors: 1)
        rig.authorize(0)
        rig.boards[0].plant { $0.plug() }
        #expect(rig.run(.seconds(30)) { $0.phase(0) == .charging })
        rig.metersAnswer = false
        #expect(rig.queues[0].meter.offer(news(.frozen(for: .seconds(60)), isDistrust: true)))
        #expect(rig.run(.seconds(20)) { $0.phase(0) == .ended || $0.phase(0) == .ending })
        rig.run(.seconds(15))
        let reasons = rig.intents[0].compactMap {
            if case .end(_, let reason, let fault, _, _) = $0 { (reason, fault) } else { nil }
        }
        #expect(reasons.count == 1 && reasons.first?.1 == .meterDistrusted)
        #expect(!rig.boards[0].plant { $0.contactor.isClosed })
    }

    @Test("a session begins on no reading of a meter that was identified before it was prepared")
    func beginsOnAnIdentity() throws {
        let rig = try LoopRig(connectors: 1)
        rig.run(.seconds(5))
        rig.metersAnswer = false
        rig.authorize(0)
        rig.boards[0].plant { $0.plug() }
        #expect(rig.run(.seconds(5)) { $0.phase(0) == .preparing })
        let wanted = try #require(rig.queues[0].load.identityWanted)
        let evidence = Metering.RegisterEvidence(functionCode: 4, address: 72, words: [1, 2])
        for (number, identified) in [(1_000, wanted - .milliseconds(1)), (1_001, wanted)]
            as [(UInt64, MonotonicInstant)]
        {
            rig.run(.milliseconds(200))
            let reading = EnergyReading(
                number: number, generation: 1, rollovers: 0, identified: identified, at: rig.now,
                elapsed: .milliseconds(20), import: MilliwattHours(1_000_000), export: nil, power: nil,
                voltages: PerPhase(), currents: PerPhase(), frequency: nil, evidence: evidence, confirmation: evidence)
            #expect(rig.queues[0].meter.offer(.reading(reading)))
            rig.run(.milliseconds(50))
            #expect((rig.phase(0) == .preparing) == (number == 1_000))
        }
    }

    @Test("a charger sells from no meter that may not sign, nor from one that counts fewer phases than it has")
    func unfitMeters() throws {
        for (meter, words) in [
            ("gavazzi-em340", "expected a meter that may sign, found gavazzi.em340"),
            ("eastron-sdm120", "expected a meter of 3 phases, found eastron.sdm120 with 1"), ("eastron-sdm630", ""),
        ] {
            let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().path
            let text = ConfigurationTests.complete
                .replacingOccurrences(of: "/boards/simulated.toml", with: root + "/Board/profiles/simulated.toml")
                .replacingOccurrences(of: "meter.toml", with: root + "/Board/meters/\(meter).toml")
            let file = FileManager.default.temporaryDirectory.appendingPathComponent("wattseald-\(UUID()).toml")
            try text.write(to: file, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(at: file) }
            let connector = try FirmwareConfiguration(path: file.path).connectors[0]
            var refusal = ""
            do {
                _ = try ConnectorParts(
                    connector, number: 1, device: DeviceID(exactly: [UInt8](repeating: 1, count: 32)), energyFactor: 1,
                    benchAllowed: false, calibration: .empty)
            } catch {
                refusal = "\(error)"
            }
            #expect(words.isEmpty ? refusal.isEmpty : refusal.contains(words), "\(refusal)")
        }
    }
}
