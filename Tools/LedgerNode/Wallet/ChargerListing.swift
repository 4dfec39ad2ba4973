public import Ledger
public import SignedRecords

/// A charger as the ledger has it: what its owner says of it, what it costs, and whether it can be used.
public struct ChargerListing: Sendable {
    /// One connector.
    public struct Connector: Sendable {
        /// Its number, 1 and up.
        public let number: UInt32
        /// Whether it can be used.
        public let state: ConnectorState
        /// What its site says of it.
        public let offer: Site.Connector?
        /// When its availability last changed, by block time.
        public let since: UTCMilliseconds?
        /// Meter and firmware, by its records.
        public let equipment: Equipment?
        /// Who has it when.
        public let reservations: Reservations
    }

    /// The charger.
    public let device: DeviceID
    /// Its registration.
    public let registration: ChargerRegistration
    /// What it costs.
    public let tariff: Tariff?
    /// Where it stands.
    public let site: Site?
    /// Who runs it.
    public let operatedBy: Operator?
    /// When guests may use it; nil at all hours.
    public let sharing: Sharing?
    /// The block time of its newest record: nothing else tells whether it is still in reach.
    public let lastHeard: UTCMilliseconds?
    /// Its connectors.
    public let connectors: [Connector]
}

extension Wallet {
    /// The chargers that the node lists, by their names on the ledger; with a place, nearest first and those that say no place
    /// last. At most `limit`.
    public func chargers(
        near place: Place? = nil, limit: Int? = nil, at now: UTCMilliseconds
    ) async throws(WalletError) -> [ChargerListing] {
        var devices: [DeviceID] = []
        for key in try await keys("charger/") {
            do { devices.append(try DeviceID(hex: String(key.dropFirst("charger/".count)))) } catch {
                throw .answer(reason: "key \(key): \(error)")
            }
        }
        if let place {
            var distances: [DeviceID: Int64] = [:]
            for device in devices {
                if let site = try await value(.site(device), as: Site.self) {
                    distances[device] = Place(site).distance(to: place)
                }
            }
            devices.sort { (distances[$0] ?? .max, $0.hex) < (distances[$1] ?? .max, $1.hex) }
        }
        var listings: [ChargerListing] = []
        for device in devices.prefix(limit ?? devices.count) {
            if let listing = try await charger(device, at: now) { listings.append(listing) }
        }
        return listings
    }

    /// One charger at a moment; nil where it is not on the ledger.
    public func charger(
        _ device: DeviceID, at now: UTCMilliseconds
    ) async throws(WalletError) -> ChargerListing? {
        guard let registration = try await value(.charger(device), as: ChargerRegistration.self) else { return nil }
        let site = try await value(.site(device), as: Site.self)
        let sharing = try await value(.sharing(device), as: Sharing.self)
        let whole = try await value(.availability(device, .device), as: Availability.self)
        var operatedBy: Operator?
        if let account = site?.operatedBy { operatedBy = try await value(.operatedBy(account), as: Operator.self) }
        var heard: [UTCMilliseconds] = []
        for number in 0...registration.connectors {
            if let time = try await lastHeard(device, ChainNumber(rawValue: number)) { heard.append(time) }
        }
        var connectors: [ChargerListing.Connector] = []
        for number in 0..<registration.connectors {
            let chain = ChainNumber.connector(number + 1)
            let own = try await value(.availability(device, chain), as: Availability.self)
            let reservations = try await value(.reservations(device, chain), as: Reservations.self)
            let state = ConnectorState(
                charger: registration, availability: [own, whole].compactMap { $0 },
                isOpen: try await value(.open(device, chain), as: OpenSession.self) != nil,
                claim: try await value(.claim(device, chain), as: OwnerClaim.self),
                reservations: reservations ?? Reservations(), sharing: sharing, at: now)
            connectors.append(
                ChargerListing.Connector(
                    number: number + 1, state: state, offer: site?.connectors.dropFirst(Int(number)).first,
                    since: own?.since, equipment: try await value(.equipment(device, chain), as: Equipment.self),
                    reservations: reservations ?? Reservations()))
        }
        return ChargerListing(
            device: device, registration: registration,
            tariff: try await value(.tariff(registration.tariff), as: Tariff.self), site: site,
            operatedBy: operatedBy, sharing: sharing, lastHeard: heard.max(), connectors: connectors)
    }

    private func lastHeard(_ device: DeviceID, _ chain: ChainNumber) async throws(WalletError) -> UTCMilliseconds? {
        guard let head = try await value(.head(device, chain), as: ChainHeadState.self) else { return nil }
        return try await value(.record(device, chain, head.sequence), as: AcceptedRecord.self)?.accepted
    }
}
