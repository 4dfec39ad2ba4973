public import ChargeControl
public import Quantities

/// The companion microcontroller beside the pilot generator: a converter that sees the pilot's wave reading by reading, and the
/// charger's own code of the far end behind it (`CompanionTransmitter`).
public struct CompanionUnit: Sendable {
    /// What is wrong with it.
    public enum Fault: String, CaseIterable, Sendable {
        /// The transmitter is dead.
        case silent
        /// The sampler stands still, and the transmitter sends its last frame again and again.
        case stuck
        /// A bit of each frame falls over on the line.
        case damaged
        /// The converter is too slow to see every pulse.
        case slow
    }

    /// What is wrong now; `nil` for nothing.
    public var fault: Fault?
    /// Frames sent.
    public private(set) var frames: Int64 = 0
    private var transmitter = CompanionTransmitter()
    private var lastFrame: CompanionFrame?
    private var readAt: MonotonicInstant

    /// 100 000 readings a second.
    static let readingInterval = Nanoseconds.microseconds(10)
    /// Readings further back than this are not made up.
    private static let longestBacklog = Nanoseconds.milliseconds(50)

    /// Switched on now.
    public init(at now: MonotonicInstant) { readAt = now }

    /// Windows of readings that had a gap.
    public var broken: UInt64 { transmitter.broken }

    /// Takes the readings up to this moment.
    ///
    /// - Parameters:
    ///   - peaks: the pilot's half waves at the charger's terminal, since the last call.
    ///   - command: what the generator puts out: when in a period which of them stands there.
    public mutating func advance(to now: MonotonicInstant, peaks: PilotSample, under command: PilotCommand) {
        if fault == .stuck { return }
        if now - readAt > Self.longestBacklog { readAt = now - Self.longestBacklog }
        let interval = fault == .slow ? Nanoseconds.microseconds(40) : Self.readingInterval
        while now - readAt >= interval {
            readAt = readAt + interval
            transmitter.take(Self.level(at: readAt, peaks, command), at: readAt)
        }
    }

    /// What goes over the line now: a frame, or nothing where no sample is new.
    public mutating func bytes(at now: MonotonicInstant) -> [UInt8] {
        if fault == .silent { return [] }
        guard let frame = fault == .stuck ? lastFrame : transmitter.nextFrame(at: now) else { return [] }
        lastFrame = frame
        frames += 1
        let line = frame.bytes
        var bytes = line.indices.map { line[$0] }
        if fault == .damaged { bytes[5 + Int(frames % 4)] ^= 0x10 }
        return bytes
    }

    private static func level(at now: MonotonicInstant, _ peaks: PilotSample, _ command: PilotCommand) -> Millivolts {
        guard case .pwm(let highTime) = command else { return peaks.high }
        return now.nanoseconds % PilotPeakWindow.length.rawValue < highTime.rawValue ? peaks.high : peaks.low
    }
}
