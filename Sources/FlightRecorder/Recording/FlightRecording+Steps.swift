#if !hasFeature(Embedded)
    public import Quantities

    /// One recorded step, for people and scripts.
    public struct FlightStep: Sendable {
        /// A field of the step with its word.
        public struct Word: Sendable {
            /// The field.
            public let field: FieldName
            /// Its value as a word (docs/flight-recording.md, "Words").
            public let word: Int64
        }

        /// The number of the step since the controller's start, from 0.
        public let entry: UInt64
        /// When it was made.
        public let at: MonotonicInstant
        /// Every field that changed since the step before; in a segment's first step, every field that is not 0.
        public let changes: [Word]
        /// The fields of the records that it asked for that are not 0.
        public let records: [Word]
    }

    extension FlightRecording {
        /// Goes through all recorded steps, in order.
        ///
        /// - Throws: `FlightError.malformed` with the offset of what is no step, and whatever the body throws.
        public func forEachStep(_ body: (FlightStep) throws -> Void) throws {
            let layout = EntryLayout()
            for segment in segments {
                var reader = ByteReader(bytes, from: segment.entries, to: segment.end)
                var decoder = EntryDecoder(layout, from: MonotonicInstant(nanoseconds: segment.header.base))
                var entry = segment.header.firstEntry
                while !reader.isAtEnd {
                    let before = decoder.entry.words
                    try decoder.next(&reader)
                    try body(Self.step(entry, decoder.entry, since: before, layout))
                    entry += 1
                }
            }
        }

        private static func step(
            _ number: UInt64, _ entry: RecordedEntry, since before: FieldWords, _ layout: EntryLayout
        ) -> FlightStep {
            var changes: [FlightStep.Word] = []
            for position in 0..<layout.words where entry.words[position] != before[position] {
                guard let field = layout.name(ofWord: position) else { continue }
                changes.append(FlightStep.Word(field: field, word: entry.words[position]))
            }
            var records: [FlightStep.Word] = []
            for index in 0..<Int(entry.words[layout.intentCount]) * FieldCoder.intentWords {
                let (element, position) = index.quotientAndRemainder(dividingBy: FieldCoder.intentWords)
                guard entry.intents[index] != 0,
                    let field = layout.name(ofIntentWord: position, element: Int32(element))
                else { continue }
                records.append(FlightStep.Word(field: field, word: entry.intents[index]))
            }
            return FlightStep(entry: number, at: entry.now, changes: changes, records: records)
        }
    }
#endif
