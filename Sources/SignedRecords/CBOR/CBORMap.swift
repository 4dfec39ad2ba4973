import Quantities

/// A CBOR map in its one order: entries stand by the bytewise order of their encoded keys, and no key stands twice
/// (RFC 8949 section 4.2.1).
public struct CBORMap: Hashable, Sendable {
    /// A key with its value.
    public struct Entry: Hashable, Sendable {
        public let key: CBOR
        public let value: CBOR
    }

    /// The entries, ordered by encoded key.
    public let entries: [Entry]

    /// A map of entries whose keys are known to differ; two equal keys are a mistake in this program.
    public init(distinctKeys pairs: [(CBOR, CBOR)]) {
        // Unsigned keys that rise stand in the order of their encodings already.
        var highest: UInt64?
        let rises = pairs.allSatisfy { pair in
            guard case .unsigned(let key) = pair.0, highest.map({ $0 < key }) ?? true else { return false }
            highest = key
            return true
        }
        guard !rises else {
            entries = pairs.map { Entry(key: $0.0, value: $0.1) }
            return
        }
        let ordered = CBORMap.ordered(pairs)
        for index in ordered.indices.dropFirst() {
            invariant(ordered[index - 1].encoded != ordered[index].encoded, "the keys of a built map differ")
        }
        entries = ordered.map { Entry(key: $0.key, value: $0.value) }
    }

    /// A map of entries whose keys may come from outside.
    ///
    /// Throws `CBORError.malformed(.duplicateKey, offset:)` with the index of the second entry of a pair as the offset.
    public init(_ pairs: [(CBOR, CBOR)]) throws(CBORError) {
        let ordered = CBORMap.ordered(pairs)
        for index in ordered.indices.dropFirst() where ordered[index - 1].encoded == ordered[index].encoded {
            throw .malformed(.duplicateKey, offset: index)
        }
        entries = ordered.map { Entry(key: $0.key, value: $0.value) }
    }

    /// A map whose entries the decoder has read in order.
    init(ordered entries: [Entry]) {
        self.entries = entries
    }

    /// The value of a key, or `nil`.
    public subscript(key: CBOR) -> CBOR? {
        entries.first { $0.key == key }?.value
    }

    private static func ordered(_ pairs: [(CBOR, CBOR)]) -> [(encoded: [UInt8], key: CBOR, value: CBOR)] {
        pairs
            .map { (encoded: $0.0.encode(), key: $0.0, value: $0.1) }
            .sorted { $0.encoded.lexicographicallyPrecedes($1.encoded) }
    }
}
