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

    /// Half of a record hash: what a forger would have to meet, 2^64 tries for two of his own.
    struct Mark: Hashable {
        private let high: UInt64
        private let low: UInt64

        init(_ hash: RecordHash) {
            func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
            high = number(hash.bytes[..<8])
            low = number(hash.bytes[8..<16])
        }
    }

    private var marks: [Place: Mark] = [:]

    /// Notes a record; returns the mark of another content that stood at its number before.
    mutating func note(_ signed: SignedRecord) -> (place: Place, mark: Mark)? {
        let place = Place(signed.record)
        let mark = Mark(signed.hash)
        guard let known = marks[place] else {
            marks[place] = mark
            return nil
        }
        return known == mark ? nil : (place, known)
    }
}
