import SignedRecords

/// What the journal itself needs to know of a record: its place in its chain, and what it makes of the state.
///
/// A tick's is read from its few first fields, without taking the message apart: opening a journal of ticks must not cost
/// more than reading it. Frames are chained by hash, and what `append` took was decoded strictly; whoever reads a record
/// back decodes it strictly again.
struct RecordOutline: Hashable, Sendable {
    let chain: ChainNumber
    let sequence: UInt64
    let previous: RecordHash
    let kind: RecordKind
    let hash: RecordHash
    /// The one kind that may stand behind a hole in the numbers says where the journal stood.
    let rollback: RollbackDetected?
    let change: StandingChange

    init(_ signed: SignedRecord) {
        let record = signed.record
        chain = record.chain
        sequence = record.sequence
        previous = record.previous
        kind = record.body.kind
        hash = signed.hash
        if case .rollbackDetected(let body) = record.body { rollback = body } else { rollback = nil }
        change = StandingChange(record.body)
    }

    /// `nil` where the message is no record.
    init?(message: [UInt8]) {
        if let tick = RecordOutline(tick: message) {
            self = tick
        } else if let signed = try? SignedRecord(decoding: message) {
            self.init(signed)
        } else {
            return nil
        }
    }

    /// Reads a tick's first fields; `nil` for every other kind and form.
    private init?(tick message: [UInt8]) {
        var scan = OutlineScan(message)
        guard scan.take([0xD2, 0x84, 0x43, 0xA1, 0x01, 0x27, 0xA0]), let payload = scan.byteStringCount(),
            scan.offset + payload + 2 + 64 == message.count, scan.take([0xA9, 0x01, 0x01, 0x02, 0x58, 0x20]),
            scan.skip(32), scan.take([0x03]), let chain = scan.unsigned().flatMap({ UInt32(exactly: $0) }),
            scan.take([0x04]), let sequence = scan.unsigned(), sequence > 0, scan.take([0x05, 0x58, 0x20]),
            let previous = scan.bytes(32), scan.take([0x06, RecordKind.tick.rawValue])
        else { return nil }
        self.chain = ChainNumber(rawValue: chain)
        self.sequence = sequence
        self.previous = RecordHash(exactly: previous)
        kind = .tick
        hash = RecordHash(hashing: message)
        rollback = nil
        change = .register
    }

    var head: ChainHead { ChainHead(sequence: sequence, hash: hash) }
}

/// Reads the few forms of deterministic CBOR that stand at fixed places of a record.
private struct OutlineScan {
    private let message: [UInt8]
    private(set) var offset = 0

    init(_ message: [UInt8]) { self.message = message }

    mutating func take(_ expected: [UInt8]) -> Bool {
        guard message.count - offset >= expected.count else { return false }
        for (index, byte) in expected.enumerated() where message[offset + index] != byte { return false }
        offset += expected.count
        return true
    }

    mutating func skip(_ count: Int) -> Bool {
        guard message.count - offset >= count else { return false }
        offset += count
        return true
    }

    mutating func bytes(_ count: Int) -> [UInt8]? {
        let start = offset
        return skip(count) ? Array(message[start..<offset]) : nil
    }

    mutating func unsigned() -> UInt64? { head(major: 0) }

    mutating func byteStringCount() -> Int? { head(major: 0x40).flatMap { Int(exactly: $0) } }

    private mutating func head(major: UInt8) -> UInt64? {
        guard offset < message.count, message[offset] & 0xE0 == major else { return nil }
        let short = message[offset] & 0x1F
        offset += 1
        if short < 24 { return UInt64(short) }
        guard short <= 27 else { return nil }
        let count = 1 << Int(short - 24)
        guard message.count - offset >= count else { return nil }
        defer { offset += count }
        return message.bigEndian(at: offset, byteCount: count)
    }
}
