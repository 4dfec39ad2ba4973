import ChargeControl
public import Quantities

/// Runs a recording through the control core of this firmware and compares every output, word by word.
public struct FlightReplay {
    /// The first output that differs.
    public struct Difference: Sendable, BitwiseCopyable {
        /// The number of the step since the controller's start, from 0.
        public let entry: UInt64
        /// When the step was made, on the recorder's monotonic clock.
        public let at: MonotonicInstant
        /// The field.
        public let field: FieldName
        /// What was recorded, as a word.
        public let recorded: Int64
        /// What this firmware computes, as a word.
        public let computed: Int64
    }

    /// What a replay came to.
    public struct Verdict: Sendable, BitwiseCopyable {
        /// Steps whose outputs are the same.
        public internal(set) var entries: UInt64 = 0
        /// Segments of the recording.
        public internal(set) var segments = 0
        /// The number of the first step, and the times of the first and the last.
        public internal(set) var firstEntry: UInt64 = 0
        /// When the first step was made.
        public internal(set) var from = MonotonicInstant(nanoseconds: 0)
        /// When the last step was made.
        public internal(set) var until = MonotonicInstant(nanoseconds: 0)
        /// The first difference; `nil` where every output is the same.
        public internal(set) var difference: Difference?

        init() { difference = nil }
    }

    private let layout = EntryLayout()
    private var controller: ChargeController
    private var computed = FieldCoder.collecting
    private var verdict = Verdict()

    /// Replays a recording.
    ///
    /// - Parameter firmware: the firmware that replays; one that begins in mid-life must have been made by the same.
    /// - Throws: why it cannot be replayed, with the offset.
    public static func run(_ recording: FlightRecording, firmware: VersionText) throws(FlightError) -> Verdict {
        var replay = FlightReplay(try recording.controller(for: firmware))
        try replay.replay(recording)
        return replay.verdict
    }

    private init(_ controller: ChargeController) { self.controller = controller }

    private mutating func replay(_ recording: FlightRecording) throws(FlightError) {
        verdict.segments = recording.segments.count
        if let first = recording.segments.first { verdict.firstEntry = first.header.firstEntry }
        for segment in recording.segments {
            guard verdict.firstEntry + verdict.entries == segment.header.firstEntry else {
                throw .malformed(offset: segment.controller - SegmentHeader.size)
            }
            var reader = ByteReader(recording.bytes, from: segment.entries, to: segment.end)
            var decoder = EntryDecoder(layout, from: MonotonicInstant(nanoseconds: segment.header.base))
            while !reader.isAtEnd {
                let start = reader.offset
                try decoder.next(&reader)
                guard let input = decoder.input() else { throw .malformed(offset: start) }
                if verdict.entries == 0 { verdict.from = decoder.entry.now }
                if let difference = step(input, decoder.entry) {
                    verdict.difference = difference
                    return
                }
                verdict.until = decoder.entry.now
                verdict.entries += 1
            }
        }
    }

    /// One step; answers the first word that is not as recorded.
    private mutating func step(_ input: ControlInput, _ entry: RecordedEntry) -> Difference? {
        let output = controller.step(input, at: entry.now)
        computed.position = layout.inputWords
        computed.note(output)
        for position in layout.inputWords..<layout.words where computed.words[position] != entry.words[position] {
            return difference(
                entry, layout.name(ofWord: position), recorded: entry.words[position],
                computed: computed.words[position])
        }
        for number in 0..<output.records.count {
            computed.position = layout.words
            computed.note(output.records[number], element: Int32(number))
            for position in 0..<FieldCoder.intentWords {
                let recorded = entry.intents[number * FieldCoder.intentWords + position]
                let answer = computed.words[layout.words + position]
                if recorded == answer { continue }
                let name = layout.name(ofIntentWord: position, element: Int32(number))
                return difference(entry, name, recorded: recorded, computed: answer)
            }
        }
        return nil
    }

    private func difference(
        _ entry: RecordedEntry, _ name: FieldName?, recorded: Int64, computed: Int64
    ) -> Difference {
        Difference(
            entry: verdict.firstEntry + verdict.entries, at: entry.now,
            field: name ?? FieldName(structure: "", element: -1, field: "unnamed"), recorded: recorded,
            computed: computed)
    }
}
