public import Ledger
import Quantities
public import SignedRecords

// Format of the file `vouchers.cbor`: deterministic CBOR
//   [ "wattseal-vouchers/1", [[voucher hash, expiry, standing, card key or empty], …] ], in the order in which they were taken
// Written before the record that accepts a voucher. Losing the file costs the owner his memory of what was used, no record.

/// The vouchers that a charger took, until they expire: none is taken twice, and a card that the ledger proved to have promised
/// more than there was is known again.
public struct VoucherMemory: Sendable, Equatable {
    /// What is known of a voucher.
    public enum Standing: UInt64, Sendable {
        /// It was accepted here; the ledger has not proved what came of it.
        case taken = 0
        /// The ledger proved that it paid a session.
        case used = 1
        /// The ledger proved that it promised more than there was.
        case overdrawn = 2
    }

    /// One voucher.
    public struct Entry: Sendable, Equatable {
        public let voucher: GrantHash
        public let expiry: UTCMilliseconds
        public var standing: Standing
        /// The Ed25519 key that had to be there when it was used; nil where anyone could have used it, so that it says nothing of
        /// its payer.
        public let card: [UInt8]?
    }

    static let format = "wattseal-vouchers/1"
    /// More are not taken before some have expired.
    public static let capacity = 1_024
    private static let sizeLimit = 1 << 18

    private let path: String?
    /// In the order in which they were taken.
    public private(set) var entries: [Entry] = []

    /// An empty memory, kept in no file.
    public init() { path = nil }

    /// Reads what the folder holds; an empty memory where it holds none.
    ///
    /// - Throws: `storeFailed`, `storeMalformed`.
    public init(folder: String) throws(PlatformLinkError) {
        let path = "\(folder)/vouchers.cbor"
        self.path = path
        guard let bytes = try DurableFile.read(path, limit: Self.sizeLimit) else { return }
        guard let items = try? CBOR.decode(bytes).arrayValue, items.count == 2, items[0] == .text(Self.format),
            let list = items[1].arrayValue
        else { throw .storeMalformed(path: path, reason: "expected [\"\(Self.format)\", …]") }
        for item in list {
            guard let entry = Entry(item) else {
                throw .storeMalformed(path: path, reason: "expected [hash, expiry, standing, card]")
            }
            entries.append(entry)
        }
    }

    /// Whether it was taken here.
    public func contains(_ voucher: GrantHash) -> Bool { entries.contains { $0.voucher == voucher } }

    /// Whether a card with this key promised more than there was.
    public func isFlagged(card: [UInt8]) -> Bool {
        entries.contains { $0.standing == .overdrawn && $0.card == card }
    }

    /// Whether one more can be remembered.
    public func hasRoom(at now: UTCMilliseconds) -> Bool {
        entries.count { $0.expiry > now } < Self.capacity
    }

    /// Notes that a voucher is taken; durable when this returns. What has expired is forgotten, flags too.
    ///
    /// - Throws: `storeFailed`.
    public mutating func take(
        _ voucher: GrantHash, expiry: UTCMilliseconds, card: [UInt8]?, at now: UTCMilliseconds
    ) throws(PlatformLinkError) {
        var next = entries.filter { $0.voucher != voucher && $0.expiry > now }
        next.append(Entry(voucher: voucher, expiry: expiry, standing: .taken, card: card))
        try save(next)
    }

    /// Takes in what the ledger proved of a voucher.
    ///
    /// - Returns: whether it is news that it was overdrawn.
    /// - Throws: `storeFailed`.
    @discardableResult
    public mutating func note(_ voucher: GrantHash, _ use: VoucherUse?) throws(PlatformLinkError) -> Bool {
        guard let use, let index = entries.firstIndex(where: { $0.voucher == voucher }) else { return false }
        let standing: Standing =
            use.isOverdrawn ? .overdrawn : use.spent > .zero && use.held == .zero ? .used : entries[index].standing
        guard standing != entries[index].standing else { return false }
        var next = entries
        next[index].standing = standing
        try save(next)
        return standing == .overdrawn
    }

    /// Vouchers of which the ledger has proved nothing yet.
    public var open: [GrantHash] { entries.filter { $0.standing == .taken }.map(\.voucher) }

    private mutating func save(_ next: [Entry]) throws(PlatformLinkError) {
        if let path {
            let item = CBOR.array([.text(Self.format), .array(next.map(\.item))])
            try DurableFile.write(item.encode(), to: path)
        }
        entries = next
    }
}

extension VoucherMemory.Entry {
    fileprivate var item: CBOR {
        .array([
            .bytes(voucher.bytes), .integer(expiry.rawValue), .unsigned(standing.rawValue), .bytes(card ?? []),
        ])
    }

    fileprivate init?(_ item: CBOR) {
        guard let parts = item.arrayValue, parts.count == 4, case .bytes(let hash) = parts[0],
            hash.count == GrantHash.byteCount, let expiry = parts[1].integerValue,
            let standing = parts[2].unsignedValue.flatMap({ VoucherMemory.Standing(rawValue: $0) }),
            case .bytes(let card) = parts[3], card.isEmpty || card.count == 32
        else { return nil }
        self.init(
            voucher: GrantHash(exactly: hash), expiry: UTCMilliseconds(expiry), standing: standing,
            card: card.isEmpty ? nil : card)
    }
}
