public import Quantities
public import SignedRecords

// This file owns the format of tariffs. Version 1: [1, name, price, []]: one price and nothing else. Version 2: [2, name,
// price, [[days, from, to, price], …], offset from UTC in minutes, fee an hour, fee a session, price without a clock]. A tariff
// that version 1 can say is written as version 1: each has one encoding, and one hash.

/// What charging costs. Published once, named by the SHA-256 of its encoding, never changed.
public struct Tariff: StateValue {
    public static let noun = "tariff"

    /// The longest name.
    public static let maximumNameBytes = 64
    /// The highest price: a million units for a kilowatt-hour.
    public static let maximumPrice = PricePerKilowattHour(1_000_000_000_000)
    /// The highest fee: a million units.
    public static let maximumFee = Microunits(1_000_000_000_000)

    /// A price that holds in some hours of the week.
    public struct Window: Hashable, Sendable {
        /// When.
        public let hours: WeeklyWindow
        /// What a kilowatt-hour costs then.
        public let price: PricePerKilowattHour

        /// A window from its parts.
        public init(_ hours: WeeklyWindow, price: PricePerKilowattHour) {
            self.hours = hours
            self.price = price
        }
    }

    /// What drivers see.
    public let name: String
    /// The price outside of the windows.
    public let price: PricePerKilowattHour
    /// Other prices at other hours; the first that holds counts.
    public let windows: [Window]
    /// How the windows' hours lie.
    public let week: LocalWeek
    /// For each hour from begin to end, by the millisecond.
    public let hourlyFee: Microunits
    /// Once for a session that delivers energy.
    public let sessionFee: Microunits
    /// The price of energy whose time nobody can vouch for.
    public let priceWithoutClock: PricePerKilowattHour

    /// - Parameter priceWithoutClock: nil for the cheapest of the prices.
    /// - Throws: `LedgerError.refused` for an empty or long name, more than `WeeklyWindow.maximumCount` windows, a price outside
    ///   0 to `maximumPrice`, a fee outside 0 to `maximumFee`.
    public init(
        name: String, price: PricePerKilowattHour, windows: [Window] = [], week: LocalWeek = .utc,
        hourlyFee: Microunits = .zero, sessionFee: Microunits = .zero, priceWithoutClock: PricePerKilowattHour? = nil
    ) throws(LedgerError) {
        try Self.check(text: name, what: "tariff name", maximum: Self.maximumNameBytes)
        guard windows.count <= WeeklyWindow.maximumCount else {
            throw .refused(
                what: "windows", expected: "at most \(WeeklyWindow.maximumCount)", found: "\(windows.count)")
        }
        let prices = [price] + windows.map(\.price) + [priceWithoutClock ?? price]
        for price in prices {
            guard price >= .zero, price <= Self.maximumPrice else {
                throw .refused(
                    what: "price", expected: "0 to \(Self.maximumPrice.rawValue) microunits a kWh",
                    found: "\(price.rawValue)")
            }
        }
        for fee in [hourlyFee, sessionFee] {
            guard fee >= .zero, fee <= Self.maximumFee else {
                throw .refused(
                    what: "fee", expected: "0 to \(Self.maximumFee.rawValue) microunits", found: "\(fee.rawValue)")
            }
        }
        self.name = name
        self.price = price
        self.windows = windows
        self.week = windows.isEmpty ? .utc : week
        self.hourlyFee = hourlyFee
        self.sessionFee = sessionFee
        self.priceWithoutClock = priceWithoutClock ?? windows.map(\.price).reduce(price, min)
    }

    /// Whether version 1 can say it: one price at all times, no fee.
    public var isPlain: Bool {
        windows.isEmpty && hourlyFee == .zero && sessionFee == .zero && priceWithoutClock == price
    }

    /// The tariff's name on the ledger.
    public var hash: TariffHash { TariffHash(hashing: encoded()) }

    // MARK: Prices

    /// The price outside of the windows, each window's, and the one without a clock: what a `Consumption` counts apart.
    public var prices: [PricePerKilowattHour] {
        isPlain ? [price] : [price] + windows.map(\.price) + [priceWithoutClock]
    }

    /// The place in `prices` of energy that flows at a moment; nil for a moment that nobody vouches for.
    public func place(at moment: UTCMilliseconds?) -> Int {
        if isPlain { return 0 }
        guard let moment else { return windows.count + 1 }
        return windows.firstIndex { $0.hours.contains(moment, in: week) }.map { $0 + 1 } ?? 0
    }

    /// The dearest that a kilowatt-hour can be.
    public var highestPrice: PricePerKilowattHour { prices.reduce(price, max) }

    /// Whether energy is all that costs: what a voucher and an allowance bound.
    public var hasNoFees: Bool { hourlyFee == .zero && sessionFee == .zero }

    /// The cheapest that a kilowatt-hour can be.
    public var lowestPrice: PricePerKilowattHour { prices.reduce(price, min) }

    // MARK: Format

    public var items: [CBOR] {
        if isPlain { return [.unsigned(1), .text(name), .integer(price.rawValue), .array([])] }
        return [
            .unsigned(2), .text(name), .integer(price.rawValue),
            .array(windows.map { .array($0.hours.items + [.integer($0.price.rawValue)]) }), .integer(week.offset),
            .integer(hourlyFee.rawValue), .integer(sessionFee.rawValue), .integer(priceWithoutClock.rawValue),
        ]
    }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        let version = try values.unsigned("version")
        let name = try values.text("name", maximum: Self.maximumNameBytes)
        let price = try values.quantity("price", as: PricePerKilowattHour.self)
        switch version {
        case 1:
            try values.emptyArray("windows")
            try self.init(name: name, price: price)
        case 2:
            var windows: [Window] = []
            for var window in try values.arrays("windows", count: 0...WeeklyWindow.maximumCount) {
                let hours = try WeeklyWindow(reading: &window)
                windows.append(Window(hours, price: try window.quantity("price", as: PricePerKilowattHour.self)))
                try window.finish()
            }
            let offset = try values.signed("offset")
            try self.init(
                name: name, price: price, windows: windows, week: LocalWeek(offset: offset),
                hourlyFee: try values.quantity("hourly fee", as: Microunits.self),
                sessionFee: try values.quantity("session fee", as: Microunits.self),
                priceWithoutClock: try values.quantity("price without clock", as: PricePerKilowattHour.self))
            guard !isPlain, week.offset == offset else {
                throw .malformed(what: Self.noun, reason: "not the one encoding of what it says")
            }
        default: throw .malformed(what: Self.noun, reason: "version \(version), expected 1 or 2")
        }
    }

    /// Text that people are shown.
    static func check(text: String, what: String, maximum: Int) throws(LedgerError) {
        guard (1...maximum).contains(text.utf8.count) else {
            throw .refused(what: what, expected: "1 to \(maximum) bytes", found: "\(text.utf8.count)")
        }
        guard text.unicodeScalars.allSatisfy({ !($0.value < 0x20 || (0x7F...0x9F).contains($0.value)) }) else {
            throw .refused(what: what, expected: "no control characters", found: "one")
        }
    }
}
