internal import SignedRecords

/// What a device that moved here shows of itself: chain 0's genesis, key changes, closes and opens in the order of their
/// numbers, up to the open for this ledger, and the last close and open of each connector's chain.
///
/// All of them are whole COSE_Sign1 messages. That is everything which its later records rest on, and no session.
public struct MovedRegistration: Hashable, Sendable {
    /// The most records of chain 0: a device with more key changes and moves needs a newer format.
    public static let maximumIdentityRecords = 64

    /// Chain 0: genesis first, the open for this ledger last.
    public let identity: [[UInt8]]
    /// Connector 1's close and open, connector 2's, …
    public let connectors: [[UInt8]]

    /// A registration from its messages; nothing is checked before the transition.
    public init(identity: [[UInt8]], connectors: [[UInt8]]) {
        self.identity = identity
        self.connectors = connectors
    }

    /// Picks the records out of an export.
    ///
    /// - Throws: `LedgerError.malformed` for bytes that are no export, `.refused` where the device never moved, or an export
    ///   lacks a chain's close or open.
    public init(export bytes: [UInt8]) throws(LedgerError) {
        var own: [SignedRecord] = []
        var others: [ChainNumber: [SignedRecord]] = [:]
        var offset = 0
        while offset < bytes.count {
            let signed: SignedRecord
            do {
                let end = try COSESign1.endOfMessage(bytes, at: offset)
                signed = try SignedRecord(decoding: Array(bytes[offset..<end]))
                offset = end
            } catch {
                throw .malformed(what: "export", reason: "byte \(offset): \(error)")
            }
            let chain = signed.record.chain
            switch signed.record.body.kind {
            case .genesis, .keyChange: if chain == .device { own.append(signed) }
            case .close, .open:
                if chain == .device { own.append(signed) } else { others[chain, default: []].append(signed) }
            default: break
            }
        }
        guard let last = own.lastIndex(where: { $0.record.body.kind == .open }),
            case .genesis(let genesis)? = own.first?.record.body
        else {
            throw .refused(
                what: "export", expected: "chain 0 from genesis to an open record", found: "\(own.count) of its records"
            )
        }
        var pairs: [[UInt8]] = []
        for number in 1...UInt32(genesis.connectors) {
            let chain = (others[.connector(number)] ?? []).suffix(2)
            guard chain.map(\.record.body.kind) == [.close, .open] else {
                throw .refused(
                    what: "export", expected: "a close and an open record of chain \(number)",
                    found: chain.isEmpty ? "none" : chain.map { "\($0.record.body.kind)" }.joined(separator: ", "))
            }
            pairs += chain.map(\.message)
        }
        self.init(identity: own[...last].map(\.message), connectors: pairs)
    }

    /// Fields of a transaction.
    func fields(from key: UInt64) -> [(UInt64, CBOR?)] {
        [(key, .array(identity.map { .bytes($0) })), (key + 1, .array(connectors.map { .bytes($0) }))]
    }

    init(from key: UInt64, reading fields: inout CBORFields) throws(CBORError) {
        identity = try Self.messages(key, "identity", 2...Self.maximumIdentityRecords, &fields)
        connectors = try Self.messages(key + 1, "connectors", 2...64, &fields)
    }

    private static func messages(
        _ key: UInt64, _ name: String, _ count: ClosedRange<Int>, _ fields: inout CBORFields
    ) throws(CBORError) -> [[UInt8]] {
        let items = try fields.array(key, name, count: count)
        var messages: [[UInt8]] = []
        for (index, item) in items.enumerated() {
            messages.append(
                try CBORFields.bytes(item, "\(fields.path).\(name)[\(index)]", count: 1...Record.maximumMessageBytes))
        }
        return messages
    }
}
