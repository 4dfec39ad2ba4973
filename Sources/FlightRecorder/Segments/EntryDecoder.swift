import ChargeControl
import Quantities

/// One period of a recording, as words.
struct RecordedEntry {
    /// When the step was made.
    var now: MonotonicInstant
    /// The words of the input and the output.
    var words: FieldWords
    /// The words of its record intents, thirteen each.
    var intents: IntentWords
}

/// Reads what `EntryEncoder` wrote, one segment after its header.
struct EntryDecoder {
    private let layout: EntryLayout
    private var clock: EntryClock
    private(set) var entry: RecordedEntry

    init(_ layout: EntryLayout, from base: MonotonicInstant) {
        self.layout = layout
        clock = EntryClock(at: base)
        entry = RecordedEntry(
            now: base, words: InlineArray(repeating: 0), intents: InlineArray(repeating: 0))
    }

    /// Reads the next entry into `entry`.
    ///
    /// - Throws: `malformed` with the offset of the entry that is no entry.
    mutating func next(_ reader: inout ByteReader) throws(FlightError) {
        let start = reader.offset
        guard let deviation = reader.signed() else { throw .malformed(offset: start) }
        var position = -1
        while true {
            guard let gap = reader.number() else { throw .malformed(offset: start) }
            if gap == 0 { break }
            guard gap <= UInt64(layout.words), position + Int(gap) < layout.words, let change = reader.signed() else {
                throw .malformed(offset: start)
            }
            position += Int(gap)
            entry.words[position] &+= change
        }
        let intents = entry.words[layout.intentCount]
        guard intents >= 0, intents <= 16 else { throw .malformed(offset: start) }
        for index in 0..<Int(intents) * FieldCoder.intentWords {
            guard let word = reader.signed() else { throw .malformed(offset: start) }
            entry.intents[index] = word
        }
        clock.advance(by: deviation, lateness: Nanoseconds(entry.words[0]))
        entry.now = clock.now
    }

    /// The input of the entry that was read.
    func input() -> ControlInput? {
        var fields = FieldCoder.restoring(entry.words)
        var input = ControlInput()
        fields.code(&input, at: entry.now)
        return fields.isInvalid ? nil : input
    }
}
