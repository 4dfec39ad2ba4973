public import Quantities
public import SignedRecords

/// A connector kept for someone: `[transaction hash, user, from, until, deposit, kept until, cancelled until, has come]`.
public struct Reservation: Hashable, Sendable {
    /// The shortest: a quarter of an hour.
    public static let minimumDuration: Int64 = 15 * 60_000
    /// The longest: a day.
    public static let maximumDuration: Int64 = 86_400_000
    /// How far ahead one may be made: 30 days.
    public static let maximumLead: Int64 = 30 * 86_400_000
    /// How long before it begins it must be made, so that no charger which asked the ledger a minute ago gives the connector
    /// away.
    public static let minimumLead: Int64 = 120_000
    /// Who comes this much early has come.
    public static let earliness: Int64 = 15 * 60_000
    /// How long a charger has to deliver the records of who came, before the deposit goes to its owner.
    public static let deliveryGrace: Int64 = 3_600_000

    /// SHA-256 of the transaction that made it.
    public let hash: GrantHash
    /// Who comes, and pays with a grant or a voucher.
    public let user: AccountID
    /// When it begins.
    public let from: UTCMilliseconds
    /// When it ends.
    public let until: UTCMilliseconds
    /// In escrow until the user comes, or does not; then zero.
    public var deposit: Microunits
    /// When the connector is free again unless the user has come.
    public let keptUntil: UTCMilliseconds
    /// Its user cancels it before this moment; what the owner asks of later ones changes nothing.
    public let cancelledUntil: UTCMilliseconds
    /// A session of the user began.
    public var hasCome: Bool

    /// A reservation that is just made.
    public init(
        hash: GrantHash, user: AccountID, from: UTCMilliseconds, until: UTCMilliseconds, deposit: Microunits,
        keptUntil: UTCMilliseconds, cancelledUntil: UTCMilliseconds
    ) {
        self.hash = hash
        self.user = user
        self.from = from
        self.until = until
        self.deposit = deposit
        self.keptUntil = keptUntil
        self.cancelledUntil = cancelledUntil
        hasCome = false
    }

    /// Whether nobody else may begin at this moment.
    public func keeps(at moment: UTCMilliseconds) -> Bool {
        from <= moment && moment < (hasCome ? until : keptUntil)
    }
}

/// The reservations of a connector: by their begin, none overlapping.
public struct Reservations: StateValue {
    public static let noun = "reservations"
    /// The most that wait at one connector.
    public static let maximumCount = 32

    /// By their begin.
    public private(set) var list: [Reservation]

    /// None.
    public init() { list = [] }

    /// The one that keeps the connector for another than `user` at this moment.
    public func keptFromOthers(than user: AccountID, at moment: UTCMilliseconds) -> Reservation? {
        list.first { $0.user != user && $0.keeps(at: moment) }
    }

    /// When the next reservation of another than `user` begins, after `moment`.
    public func nextOfOthers(than user: AccountID, after moment: UTCMilliseconds) -> UTCMilliseconds? {
        list.first { $0.user != user && $0.from > moment && !$0.hasCome }?.from
    }

    /// The first whose time overlaps.
    func overlapping(from: UTCMilliseconds, until: UTCMilliseconds) -> Reservation? {
        list.first { $0.from < until && from < $0.until }
    }

    mutating func insert(_ reservation: Reservation) {
        list.insert(reservation, at: list.firstIndex { $0.from > reservation.from } ?? list.endIndex)
    }

    mutating func replace(_ reservation: Reservation) {
        guard let index = list.firstIndex(where: { $0.hash == reservation.hash }) else { return }
        list[index] = reservation
    }

    mutating func remove(_ hash: GrantHash) { list.removeAll { $0.hash == hash } }

    /// Money in escrow.
    public var deposits: Microunits { list.reduce(.zero) { $0 + $1.deposit } }

    public var items: [CBOR] {
        list.map {
            .array([
                .bytes($0.hash.bytes), .bytes($0.user.bytes), .integer($0.from.rawValue), .integer($0.until.rawValue),
                .integer($0.deposit.rawValue), .integer($0.keptUntil.rawValue), .integer($0.cancelledUntil.rawValue),
                .bool($0.hasCome),
            ])
        }
    }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        list = []
        while values.hasMore {
            guard list.count < Self.maximumCount else { throw .malformed(what: Self.noun, reason: "too many") }
            var places = try values.array("reservation")
            var reservation = Reservation(
                hash: try places.identifier("hash", as: GrantHash.self),
                user: try places.identifier("user", as: AccountID.self),
                from: UTCMilliseconds(try places.number("from", as: Int64.self)),
                until: UTCMilliseconds(try places.number("until", as: Int64.self)),
                deposit: try places.quantity("deposit", as: Microunits.self),
                keptUntil: UTCMilliseconds(try places.number("kept until", as: Int64.self)),
                cancelledUntil: UTCMilliseconds(try places.number("cancelled until", as: Int64.self)))
            reservation.hasCome = try places.bool("has come")
            try places.finish()
            guard reservation.from < reservation.until, list.last.map({ $0.until <= reservation.from }) ?? true,
                reservation.deposit <= Tariff.maximumFee
            else { throw .malformed(what: Self.noun, reason: "out of order at \(reservation.from.rawValue)") }
            list.append(reservation)
        }
    }
}
