public import Quantities
public import SignedRecords

/// Where a charger stands and what it offers, by its owner's word: `[name, latitude, longitude, operator, [[socket, current,
/// phases], …]]`.
public struct Site: StateValue {
    public static let noun = "site"

    /// What a car is plugged into (IEC 62196-2).
    public enum Socket: UInt64, CaseIterable, Sendable {
        case type2Socket = 1
        case type2Cable = 2
        case type1Cable = 3
        case other = 4
    }

    /// One connector.
    public struct Connector: Hashable, Sendable {
        /// Socket or cable.
        public let socket: Socket
        /// The most that it offers, per phase.
        public let current: Milliamps
        /// 1 to 3.
        public let phases: UInt8

        /// A connector from its parts.
        public init(socket: Socket, current: Milliamps, phases: UInt8) {
            self.socket = socket
            self.current = current
            self.phases = phases
        }
    }

    /// What drivers see.
    public let name: String
    /// Degrees north × 10^6, −90 000 000 to 90 000 000.
    public let latitude: Int64
    /// Degrees east × 10^6, −180 000 000 to 180 000 000.
    public let longitude: Int64
    /// Who runs it; nil for the owner alone.
    public let operatedBy: AccountID?
    /// Connector 1 first.
    public let connectors: [Connector]

    /// Throws `LedgerError.refused` for what lies outside the ranges above, and 0 or more than 32 connectors.
    public init(
        name: String, latitude: Int64, longitude: Int64, operatedBy: AccountID?, connectors: [Connector]
    ) throws(LedgerError) {
        try Tariff.check(text: name, what: "site's name", maximum: 64)
        guard abs(latitude) <= 90_000_000, abs(longitude) <= 180_000_000 else {
            throw .refused(
                what: "place", expected: "at most 90 and 180 degrees × 10^6", found: "\(latitude), \(longitude)")
        }
        guard (1...32).contains(connectors.count) else {
            throw .refused(what: "site's connectors", expected: "1 to 32", found: "\(connectors.count)")
        }
        for connector in connectors {
            guard (6_000...80_000).contains(connector.current.rawValue), (1...3).contains(connector.phases) else {
                throw .refused(
                    what: "connector", expected: "6000 to 80000 mA on 1 to 3 phases",
                    found: "\(connector.current.rawValue) mA on \(connector.phases)")
            }
        }
        self.name = name
        self.latitude = latitude
        self.longitude = longitude
        self.operatedBy = operatedBy
        self.connectors = connectors
    }

    public var items: [CBOR] {
        [
            .text(name), .integer(latitude), .integer(longitude), .bytes(operatedBy?.bytes ?? []),
            .array(
                connectors.map {
                    .array([
                        .unsigned($0.socket.rawValue), .integer(Int64($0.current.rawValue)),
                        .unsigned(UInt64($0.phases)),
                    ])
                }),
        ]
    }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        let name = try values.text("name", maximum: 64)
        let latitude = try values.signed("latitude")
        let longitude = try values.signed("longitude")
        // Their magnitudes are looked at next.
        guard latitude > .min, longitude > .min else { throw .malformed(what: Self.noun, reason: "no place on earth") }
        let operatedBy = try values.optionalIdentifier("operator", as: AccountID.self)
        var connectors: [Connector] = []
        for var connector in try values.arrays("connectors", count: 1...32) {
            let number = try connector.unsigned("socket")
            guard let socket = Socket(rawValue: number) else {
                throw .malformed(what: Self.noun, reason: "socket \(number) is not known")
            }
            let current = Milliamps(try connector.number("current", as: Int32.self))
            connectors.append(
                Connector(socket: socket, current: current, phases: UInt8(try connector.unsigned("phases", maximum: 3)))
            )
            try connector.finish()
        }
        try self.init(
            name: name, latitude: latitude, longitude: longitude, operatedBy: operatedBy, connectors: connectors)
    }
}
