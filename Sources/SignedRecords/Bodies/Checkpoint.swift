/// The heads of the connector chains at one moment, with the newest trusted block: bounds the time of all of them.
public struct Checkpoint: Hashable, Sendable {
    /// One connector chain's head.
    public struct Head: Hashable, Sendable {
        public var chain: ChainNumber
        public var head: ChainHead

        public init(chain: ChainNumber, head: ChainHead) {
            self.chain = chain
            self.head = head
        }
    }

    /// By rising chain number, each at most once, at most 64. A chain without records is not in it.
    public var heads: [Head]
    /// The height of the newest block that the device trusts; 0 without one.
    public var ledgerHeight: UInt64
    /// That block's header hash; all zero without one.
    public var ledgerHash: ContentHash

    public init(heads: [Head], ledgerHeight: UInt64, ledgerHash: ContentHash) {
        self.heads = heads
        self.ledgerHeight = ledgerHeight
        self.ledgerHash = ledgerHash
    }
}

extension Checkpoint.Head: RecordPart {
    var fields: [RecordField] {
        [
            RecordField(1, "chain", .unsigned(UInt64(chain.rawValue))),
            RecordField(2, "sequence", .unsigned(head.sequence)),
            RecordField(3, "hash", .bytes(head.hash.bytes)),
        ]
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        chain = ChainNumber(rawValue: try fields.integer(1, "chain", as: UInt32.self))
        let sequence = try fields.unsigned(2, "sequence")
        head = ChainHead(sequence: sequence, hash: try fields.identifier(3, "hash", RecordHash.self))
    }
}

extension Checkpoint: RecordPart {
    var fields: [RecordField] {
        [
            RecordField(1, "heads", .list(heads.map { .part($0) })),
            RecordField(2, "ledger_height", .unsigned(ledgerHeight)),
            RecordField(3, "ledger_hash", .bytes(ledgerHash.bytes)),
        ]
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        var heads: [Head] = []
        let path = "\(fields.path).heads"
        for item in try fields.array(1, "heads", count: 0...64) {
            let head = try Head.read(item, path: "\(path)[\(heads.count)]")
            guard head.chain > (heads.last?.chain ?? .device) else {
                throw .field(path: path, problem: .outOfRange(expected: "rising chains from 1", found: "\(head.chain)"))
            }
            heads.append(head)
        }
        self.heads = heads
        ledgerHeight = try fields.unsigned(2, "ledger_height")
        ledgerHash = try fields.identifier(3, "ledger_hash", ContentHash.self)
    }
}
