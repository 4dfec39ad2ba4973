import ChargeControl
import FlightRecorder
import FlightSamples
import Quantities
import Testing

@Suite struct RecordingTests {
    private let firmware = VersionText("1.2.3".utf8)

    @Test(arguments: [UInt64(1), 2, 3])
    func aRandomDriveReplaysToTheSameOutputs(seed: UInt64) throws {
        var recorded = try RecordedDrive(seed: seed)
        recorded.run(16_000)
        let recording = try FlightRecording(recorded.ring.dump())
        #expect(recording.isFromTheStart)
        let verdict = try FlightReplay.run(recording, firmware: firmware)
        #expect(verdict.difference == nil, "seed \(seed): \(String(describing: verdict.difference?.field))")
        #expect(verdict.entries == 16_000)
        #expect(verdict.segments >= 3, "key frames were crossed")
        #expect(verdict.until == recorded.drive.now)
        // The drive is worth replaying: it sold energy and met faults.
        let shown = try #require(recorded.drive.output).display
        #expect(shown.session > 2 && shown.wear.operations > 2)
    }

    @Test func aFullRingKeepsTheNewestAndReplaysFromItsKeyFrame() throws {
        var recorded = try RecordedDrive(seed: 5, segments: 4, segmentSize: 32_768)
        recorded.run(40_000)
        let recording = try FlightRecording(recorded.ring.dump())
        #expect(!recording.isFromTheStart)
        let verdict = try FlightReplay.run(recording, firmware: firmware)
        #expect(verdict.difference == nil)
        #expect(verdict.segments == 4 || verdict.segments == 3)
        #expect(verdict.firstEntry > 1_000)
        #expect(verdict.firstEntry + verdict.entries == 40_000)
        #expect(verdict.until == recorded.drive.now)
    }

    @Test("The inputs of the newest steps, in order, over the borders of segments and none that is older")
    func inputsInPassing() throws {
        var recorded = try RecordedDrive(seed: 5, segments: 4, segmentSize: 32_768)
        recorded.run(40_000)
        var all: [MonotonicInstant] = []
        recorded.ring.forEachInput(since: MonotonicInstant(nanoseconds: 0)) { _, at in all.append(at) }
        #expect(all.last == recorded.drive.now)
        let kept = try FlightReplay.run(try FlightRecording(recorded.ring.dump()), firmware: firmware)
        #expect(all.count == Int(kept.entries))
        // The drive's clock jumps at times, as no monotonic clock does: only steps that part the earlier from the later are asked for.
        let latest = all.reduce(into: [MonotonicInstant]()) { $0.append(max($1, $0.last ?? $1)) }
        let parting = stride(from: 1, to: all.count, by: 17).filter { index in
            latest[index - 1] < all[index] && all[index...].allSatisfy { $0 >= all[index] }
        }
        #expect(parting.count > 50)
        for index in parting.enumerated().filter({ $0.offset % 8 == 0 }).map(\.element) {
            var some: [MonotonicInstant] = []
            recorded.ring.forEachInput(since: all[index]) { _, at in some.append(at) }
            let isSuffix = some == Array(all[index...])
            #expect(isSuffix, "from step \(index) of \(all.count): \(some.count)")
        }
    }

    @Test func aRecordingFromMidLifeBelongsToItsFirmware() throws {
        var recorded = try RecordedDrive(seed: 5, segments: 4, segmentSize: 32_768)
        recorded.run(40_000)
        let recording = try FlightRecording(recorded.ring.dump())
        let other = VersionText("1.2.4".utf8)
        #expect(throws: FlightError.otherFirmware(found: firmware)) {
            _ = try FlightReplay.run(recording, firmware: other)
        }
    }

    @Test func aRecordingFromTheStartReplaysOnAnyFirmware() throws {
        var recorded = try RecordedDrive(seed: 5)
        recorded.run(2_000)
        let recording = try FlightRecording(recorded.ring.dump())
        let verdict = try FlightReplay.run(recording, firmware: VersionText("9.9.9".utf8))
        #expect(verdict.difference == nil && verdict.entries == 2_000)
    }

    @Test func aRingThatNothingWasWrittenToIsAnEmptyRecording() throws {
        let recorded = try RecordedDrive(seed: 5)
        let recording = try FlightRecording(recorded.ring.dump())
        #expect(try FlightReplay.run(recording, firmware: firmware).entries == 0)
    }

    @Test func whatAMinuteOfChargingTakes() throws {
        var recorded = try RecordedDrive(seed: 8, plain: true, segments: 6)
        recorded.run(200 * 100)
        let shown = try #require(recorded.drive.output).display
        #expect(shown.phase == .charging)
        let bytes = recorded.ring.dump()
        let verdict = try FlightReplay.run(try FlightRecording(bytes), firmware: firmware)
        #expect(verdict.difference == nil)
        // With noise in every sample of the pilot and jitter in every period; 2 MB keep seven minutes even at this bound.
        let size = bytes.count * 200 * 60 / Int(verdict.entries)
        #expect(size < 300_000, "\(size) bytes a minute")
    }

    /// A dump is taken from another thread while the writer laps it; each is whole and replays.
    @Test func dumpsTakenWhileTheWriterRunsAreWhole() async throws {
        var recorded = try RecordedDrive(seed: 11, segments: 4, segmentSize: 32_768)
        let shared = recorded.ring
        let finished = Flag()
        let dumper = Task.detached { () -> [[UInt8]] in
            var dumps: [[UInt8]] = []
            for _ in 0..<40 { dumps.append(shared.dump()) }
            finished.set()
            return dumps
        }
        while !finished.isSet { recorded.run(2_000) }
        let dumps = await dumper.value
        for dump in dumps {
            let verdict = try FlightReplay.run(try FlightRecording(dump), firmware: firmware)
            #expect(verdict.difference == nil)
        }
    }
}
