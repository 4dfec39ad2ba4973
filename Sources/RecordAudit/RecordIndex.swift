import SignedRecords

/// Which content stands at which number, of records whose signatures hold. It takes some 50 bytes a record.
struct RecordIndex {
    /// A number in a chain; chain 0 and low numbers first.
    struct Place: Hashable, Comparable {
        let chain: UInt32
        let sequence: UInt64

        init(_ record: Record) {
            chain = record.chain.rawValue
            sequence = record.sequence
        }

        static func < (left: Place, right: Place) -> Bool {
            (left.chain, left.sequence) < (right.chain, right.sequence)
        }
    }

    /// Half of a content's hash: two contents with one mark cost their maker 2^64 tries. The signature is left out: a
    /// second signature of one content contradicts nothing, and must not hide what does.
    struct Mark: Hashable {
        private let high: UInt64
        private let low: UInt64

        init(_ record: Record) {
            let hash = ContentHash(hashing: record.encodePayload())
            func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
            high = number(hash.bytes[..<8])
            low = number(hash.bytes[8..<16])
        }
    }

    private var marks: [Place: Mark] = [:]

    /// Notes a record; returns the mark of another content that stood at its number before.
    mutating func note(_ signed: SignedRecord) -> (place: Place, mark: Mark)? {
        let place = Place(signed.record)
        let mark = Mark(signed.record)
        guard let known = marks[place] else {
            marks[place] = mark
            return nil
        }
        return known == mark ? nil : (place, known)
    }
}
