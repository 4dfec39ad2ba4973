/// The name of a ledger's chain: 1 to 50 bytes of text, as in its block headers.
public struct LedgerChainID: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    /// Throws `RecordError.invalidLedgerChainID` for an empty name, one over 50 bytes, or one with other than printable ASCII.
    public init(_ text: String) throws(RecordError) {
        let isPrintable = text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard (1...50).contains(text.utf8.count), isPrintable else { throw .invalidLedgerChainID(text) }
        self.text = text
    }

    public var description: String { text }
}
