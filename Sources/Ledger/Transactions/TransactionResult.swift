internal import SignedRecords

/// What came of a transaction. `code` and `data` are hashed into the next block's header; `log` is for people.
public struct TransactionResult: Hashable, Sendable {
    /// 0 is success; otherwise `LedgerError.code` of the first refusal.
    public let code: UInt32
    /// One line.
    public let log: String
    /// For a batch of records, deterministic CBOR `[records accepted, records that had been accepted before]`; else empty.
    public let data: [UInt8]

    /// A result from its parts.
    public init(code: UInt32, log: String, data: [UInt8] = []) {
        self.code = code
        self.log = log
        self.data = data
    }

    /// Whether a second content for a number was brought by a batch, or shown: the charger is frozen. No other success has a
    /// log.
    public var isEquivocation: Bool { code == 11 || code == 0 && !log.isEmpty }

    /// Success without data.
    public static let success = TransactionResult(code: 0, log: "")

    /// The success of a fraud proof.
    static func frozen(_ record: Record) -> Self {
        Self(
            code: 0,
            log: "charger \(record.device): fraud proof: chain \(record.chain), record \(record.sequence): two contents"
        )
    }

    /// The refusal for an error.
    public init(_ error: LedgerError) {
        self.init(code: error.code, log: error.description)
    }

    /// The result of a batch: how many records it brought, and the first refusal with its place in the batch.
    public static func batch(accepted: Int, duplicates: Int, refusal: (index: Int, error: LedgerError)?) -> Self {
        let data = CBOR.array([.unsigned(UInt64(accepted)), .unsigned(UInt64(duplicates))]).encode()
        guard let refusal else { return Self(code: 0, log: "", data: data) }
        return Self(code: refusal.error.code, log: "record \(refusal.index): \(refusal.error)", data: data)
    }
}
