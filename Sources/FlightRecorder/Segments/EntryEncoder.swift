import ChargeControl
import Quantities

/// Writes entries: one a period, with only what changed since the one before (docs/flight-recording.md, "Entries").
struct EntryEncoder: Sendable, BitwiseCopyable {
    /// No entry is longer: the time, every word with its gap, and 16 intents of thirteen words, each as long as can be.
    static var mostBytes: Int { @_noLocks get { 4_096 } }
    /// The period that the control loop plans with; only what deviates from it costs bytes.
    static var period: Int64 { @_noLocks get { 5_000_000 } }

    private var fields = FieldCoder.collecting
    private var previous = FieldWords(repeating: 0)
    private var clock = EntryClock(at: MonotonicInstant(nanoseconds: 0))

    @_noLocks
    init() {}

    /// Starts anew: the next entry says everything.
    @_noLocks
    mutating func begin(at now: MonotonicInstant) {
        previous = InlineArray(repeating: 0)
        clock = EntryClock(at: now)
    }

    /// Writes one entry to `bytes`, where there is room for `mostBytes`. Answers its length.
    @_noLocks
    mutating func encode(
        _ input: ControlInput, _ output: ControlOutput, at now: MonotonicInstant,
        into bytes: UnsafeMutablePointer<UInt8>
    ) -> Int {
        fields.position = 0
        var copy = input
        fields.code(&copy, at: now)
        fields.note(output)
        var sink = ByteSink(bytes)
        sink.put(signed: clock.advance(to: now, lateness: input.lateness))
        var last = -1
        for position in 0..<fields.position {
            let word = fields.words[position]
            let change = word &- previous[position]
            if change == 0 { continue }
            sink.put(UInt64(truncatingIfNeeded: position - last))
            sink.put(signed: change)
            previous[position] = word
            last = position
        }
        sink.put(0)
        for number in 0..<output.records.count {
            let start = fields.position
            fields.note(output.records[number], element: Int32(truncatingIfNeeded: number))
            for position in start..<fields.position { sink.put(signed: fields.words[position]) }
            fields.position = start
        }
        return sink.count
    }
}

/// The time of entries: what the plan of the loop and the lateness already say costs nothing.
struct EntryClock: Sendable, BitwiseCopyable {
    private(set) var now: MonotonicInstant
    private var lateness: Int64 = 0

    @_noLocks
    init(at now: MonotonicInstant) { self.now = now }

    /// Goes to the time of the next entry; answers how much that deviates from what was to be expected.
    @_noLocks
    mutating func advance(to next: MonotonicInstant, lateness: Nanoseconds) -> Int64 {
        let deviation = next.nanoseconds &- expected(lateness)
        now = next
        self.lateness = lateness.rawValue
        return deviation
    }

    /// Goes to the time of the next entry by its deviation.
    mutating func advance(by deviation: Int64, lateness: Nanoseconds) {
        now = MonotonicInstant(nanoseconds: expected(lateness) &+ deviation)
        self.lateness = lateness.rawValue
    }

    @_noLocks
    private func expected(_ lateness: Nanoseconds) -> Int64 {
        now.nanoseconds &+ EntryEncoder.period &+ lateness.rawValue &- self.lateness
    }
}

/// Bytes being written: numbers of seven bits a byte, the lowest first (LEB128), signed ones folded so that small stays short.
struct ByteSink {
    private let bytes: UnsafeMutablePointer<UInt8>
    private(set) var count = 0

    @_noLocks
    init(_ bytes: UnsafeMutablePointer<UInt8>) { self.bytes = bytes }

    @_noLocks
    mutating func put(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes[count] = UInt8(truncatingIfNeeded: rest) | 0x80
            count += 1
            rest >>= 7
        }
        bytes[count] = UInt8(truncatingIfNeeded: rest)
        count += 1
    }

    @_noLocks
    mutating func put(signed value: Int64) { put(UInt64(bitPattern: (value << 1) ^ (value >> 63))) }
}
