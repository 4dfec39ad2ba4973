import ChargeControl
import FlightRecorder
import Quantities
import Testing

/// A technician's visit is recorded and replays: what was asked, what the core answered, and the contactor that moved.
@Suite struct ServiceRecordingTests {
    @Test func aVisitReplaysToTheSameOutputs() throws {
        let configuration = try ControlConfiguration(
            maximumCurrent: Milliamps(32_000), phases: 3, cable: .tethered(rating: Milliamps(32_000)),
            meterPollPeriod: .seconds(1), simulatedBoard: true)
        let firmware = VersionText("1.2.3".utf8)
        let ring = FlightRing(
            header: FlightHeader(connector: 1, firmware: firmware, beginning: ControllerBeginning(configuration)))
        var writer = FlightWriter(ring)
        var controller = ring.header.beginning.controller()
        var input = ControlInput()
        input.meter = .ok
        input.recordStore = .ok
        var now = MonotonicInstant(nanoseconds: 1_000_000_000)
        var (closedFor, standing, tests) = (0, 0, Set<UInt32>())
        for step in 0..<4_000 {
            now = now + .milliseconds(5)
            input.pilot = PilotSample(high: Millivolts(12_000), low: Millivolts(12_000), at: now)
            let isClosed = closedFor > 4
            input.contactor = ContactorFeedback(mirror: isClosed ? .closed : .open, load: isClosed ? .closed : .open)
            // Heard five times a second.
            if step % 40 == 0 { input.service.heardAt = now }
            input.service.visit = step < 1_200 || step > 3_800 ? 0 : 1
            switch step {
            case 1_300: (input.service.test, input.service.testNumber) = (.contactor(.milliseconds(700)), 1)
            case 1_700: (input.service.test, input.service.testNumber) = (.lamps(.all, .seconds(3)), 2)
            case 2_500: (input.service.test, input.service.testNumber) = (.lock(.seconds(5)), 3)
            case 2_600: (input.service.test, input.service.testNumber) = (.contactor(.seconds(2)), 4)
            case 2_700: input.emergencyStop = true
            default: break
            }
            writer.keep(controller, at: now)
            let output = controller.step(input, at: now)
            writer.note(input, output, at: now)
            closedFor = output.contactorEnable ? closedFor + 1 : 0
            if output.service.visit != 0 { standing += 1 }
            if output.service.test.stage == .ended { tests.insert(output.service.test.number) }
        }
        #expect(standing > 1_400 && tests == [1, 2, 4])
        let recording = try FlightRecording(ring.dump())
        let verdict = try FlightReplay.run(recording, firmware: firmware)
        #expect(verdict.difference == nil && verdict.entries == 4_000)
        var asked = Set<UInt32>()
        ring.forEachInput(since: MonotonicInstant(nanoseconds: 0)) { input, _ in asked.insert(input.service.testNumber)
        }
        #expect(asked == [0, 1, 2, 3, 4])
    }
}
