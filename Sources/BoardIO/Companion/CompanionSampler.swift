import ChargeControl
import Glibc
import Quantities
import Synchronization
import Threads

/// A companion microcontroller that samples the pilot in phase with its PWM and sends each sample over a serial line.
///
/// A thread of its own reads the line; `readPilot` hands out the newest sample with the moment at which it was measured,
/// and refuses one that is too old, with what is wrong with the line where it is down. A line that fails is opened again
/// every `reopenMilliseconds`.
final class CompanionSampler: PilotSampler {
    private let device: String
    private let speed: Int
    private let latest = LatestValue(Sample(high: .zero, low: .zero, at: MonotonicInstant(nanoseconds: .min / 2)))
    private let hasSample = Atomic<Bool>(false)
    private let stopping = Atomic<Bool>(false)
    private let refusedFrames = Atomic<UInt64>(0)
    private let thread = Mutex<DedicatedThread?>(nil)
    /// Why the line is not open now.
    private let lineFailure = Mutex<BoardError?>(nil)

    private struct Sample: BitwiseCopyable, Sendable {
        var high: Millivolts
        var low: Millivolts
        var at: MonotonicInstant
    }

    /// Between two attempts to open a line that failed.
    static let reopenMilliseconds: Int64 = 500

    /// Opens the line and starts the thread.
    init(device: String, speed: Int) throws(BoardError) {
        self.device = device
        self.speed = speed
        let line = try SerialLine(path: device, baud: speed)
        let started = try DedicatedThread.driver("companion", priority: GPIOBoard.samplingPriority) {
            [unowned self] in self.run(line)
        }
        thread.withLock { $0 = started }
    }

    deinit { stop() }

    var refused: UInt64 { refusedFrames.load(ordering: .relaxed) }

    func stop() {
        stopping.store(true, ordering: .releasing)
        thread.withLock { $0.take() }?.join()
    }

    func readPilot() throws(BoardError) -> PilotReading {
        guard hasSample.load(ordering: .acquiring) else {
            throw .staleCompanion(device: device, milliseconds: nil)
        }
        let sample = latest.read()
        let age = monotonicNow() - sample.at
        guard age <= PilotLimit.age else {
            if let failure = lineFailure.withLock({ $0 }) { throw failure }
            throw .staleCompanion(device: device, milliseconds: age.wholeMilliseconds)
        }
        for level in [sample.high, sample.low] where level > PilotLimit.level || level < .zero - PilotLimit.level {
            let limit = Int64(PilotLimit.level.rawValue)
            throw .outOfRange(what: device, found: Int64(level.rawValue), low: -limit, high: limit)
        }
        return PilotReading(high: sample.high, low: sample.low, at: sample.at)
    }

    private func run(_ first: SerialLine) {
        // One decoder for all of them: a sample that came before is not new on a line that was opened again.
        var decoder = CompanionDecoder()
        var line: SerialLine? = first
        while !stopping.load(ordering: .acquiring) {
            guard let open = line else {
                sleep(until: monotonicNow() + .milliseconds(Self.reopenMilliseconds))
                do throws(BoardError) {
                    line = try SerialLine(path: device, baud: speed)
                    lineFailure.withLock { $0 = nil }
                } catch {
                    lineFailure.withLock { $0 = error }
                }
                continue
            }
            do throws(BoardError) {
                try follow(open, &decoder)
            } catch {
                lineFailure.withLock { $0 = error }
                line = nil
            }
        }
    }

    /// Reads frames until the line fails or the driver stops.
    ///
    /// What is found now came after the last look that found nothing more, and no earlier: a frame counts from that look,
    /// so a thread that was kept waiting never takes an old frame for a fresh one.
    private func follow(_ line: SerialLine, _ decoder: inout CompanionDecoder) throws(BoardError) {
        var emptyAt = monotonicNow()
        try withUnsafeBuffer { (buffer) throws(BoardError) in
            while !stopping.load(ordering: .acquiring) {
                var looked = monotonicNow()
                var count = 0
                if line.waitForBytes(milliseconds: 50) {
                    looked = monotonicNow()
                    count = try line.read(into: buffer)
                    if let frame = decoder.receive(buffer[..<count]) { publish(frame, notBefore: emptyAt) }
                    refusedFrames.store(decoder.refused, ordering: .relaxed)
                }
                if count < buffer.count { emptyAt = looked }
            }
        }
    }

    private func withUnsafeBuffer(
        _ body: (UnsafeMutableRawBufferPointer) throws(BoardError) -> Void
    ) throws(BoardError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 8)
        defer { buffer.deallocate() }
        try body(buffer)
    }

    /// The sample was measured its age and the frame's time on the wire before the frame was here.
    private func publish(_ frame: CompanionFrame, notBefore arrived: MonotonicInstant) {
        let wire = Nanoseconds(Int64(CompanionFrame.length) * 10 * 1_000_000_000 / Int64(speed))
        let at = arrived - frame.age - wire
        guard at > latest.read().at else { return }
        latest.publish(Sample(high: frame.high, low: frame.low, at: at))
        hasSample.store(true, ordering: .releasing)
    }
}
