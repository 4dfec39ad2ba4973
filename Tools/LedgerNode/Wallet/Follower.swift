public import Ledger
public import Quantities
public import SignedRecords

/// Looks again and again at what concerns a charger or an account, and tells what has changed. What begins and ends between two
/// looks is told by its end; at chargers of others by the account's balance alone.
public struct Follower: Sendable {
    /// Whom it follows.
    public enum Subject: Hashable, Sendable {
        /// A charger.
        case charger(DeviceID)
        /// An account: its balance, the sessions that it pays, and the chargers that it owns.
        case account(AccountID)
    }

    /// What has changed.
    public enum Event: Hashable, Sendable {
        /// An account holds another amount.
        case balance(AccountID, Microunits)
        /// A chain has a new newest record.
        case head(DeviceID, ChainNumber, ChainHeadState)
        /// A session is open.
        case begun(DeviceID, ChainNumber, OpenSession)
        /// A record of a session was accepted: its energy or its payment has moved.
        case moved(DeviceID, ChainNumber, OpenSession)
        /// A session has ended.
        case ended(DeviceID, SessionID, SessionSettlement)
        /// A session was given up without an end record.
        case dropped(DeviceID, ChainNumber, SessionID)
    }

    private struct Place: Hashable {
        let device: DeviceID
        let chain: ChainNumber
    }

    private let wallet: Wallet
    private let subject: Subject
    /// Registrations never change their owner.
    private var owners: [DeviceID: (owner: AccountID, connectors: UInt32)] = [:]
    private var balance: Microunits?
    private var heads: [Place: ChainHeadState] = [:]
    private var open: [Place: OpenSession] = [:]
    private var ended: Set<String>?

    /// Nothing is known yet: the first look tells what stands.
    public init(_ subject: Subject, wallet: Wallet) {
        self.subject = subject
        self.wallet = wallet
    }

    /// What has changed since the last look, in the order of a charger's day. Throws `WalletError`; the next look goes on where
    /// this one began.
    public mutating func look() async throws(WalletError) -> [Event] {
        var next = self
        let events = try await next.compare()
        self = next
        return events
    }

    private mutating func compare() async throws(WalletError) -> [Event] {
        var events: [Event] = []
        let devices = try await ownDevices()
        var hasMoved = ended == nil
        for device in devices {
            for number in 0...(owners[device]?.connectors ?? 0) {
                let place = Place(device: device, chain: ChainNumber(rawValue: number))
                guard let head = try await wallet.value(.head(device, place.chain), as: ChainHeadState.self),
                    head != heads[place]
                else { continue }
                heads[place] = head
                hasMoved = true
                events.append(.head(device, place.chain, head))
            }
        }
        let standing = try await openSessions(devices)
        for (place, session) in standing.sorted(by: Self.precedes) where session != open[place] {
            let isNew = session.session != open[place]?.session
            events.append((isNew ? Event.begun : Event.moved)(place.device, place.chain, session))
        }
        for (place, session) in open.sorted(by: Self.precedes) where standing[place]?.session != session.session {
            let key = StateKey.session(place.device, session.session)
            if let settlement = try await wallet.value(key, as: SessionSettlement.self) {
                events.append(.ended(place.device, session.session, settlement))
                ended?.insert(key.text)
            } else {
                events.append(.dropped(place.device, place.chain, session.session))
            }
        }
        open = standing
        if hasMoved { events += try await newlyEnded(devices) }
        if case .account(let account) = subject {
            let held = try await wallet.account(account).balance
            if held != balance { events.append(.balance(account, held)) }
            balance = held
        }
        return events
    }

    private static func precedes(
        _ left: (key: Place, value: OpenSession), _ right: (key: Place, value: OpenSession)
    ) -> Bool {
        (left.key.device.hex, left.key.chain.rawValue) < (right.key.device.hex, right.key.chain.rawValue)
    }

    /// The charger, or those that the account owns.
    private mutating func ownDevices() async throws(WalletError) -> [DeviceID] {
        switch subject {
        case .charger(let device):
            guard try await learn(device) else {
                throw .argument(name: "charger \(device)", reason: "is not on this ledger")
            }
            return [device]
        case .account(let account):
            for key in try await wallet.keys("charger/") {
                guard let device = try? DeviceID(hex: String(key.dropFirst("charger/".count))) else {
                    throw .answer(reason: "key \(key)")
                }
                _ = try await learn(device)
            }
            return owners.filter { $0.value.owner == account }.keys.sorted { $0.hex < $1.hex }
        }
    }

    private mutating func learn(_ device: DeviceID) async throws(WalletError) -> Bool {
        if owners[device] != nil { return true }
        guard let charger = try await wallet.value(.charger(device), as: ChargerRegistration.self) else { return false }
        owners[device] = (charger.owner, charger.connectors)
        return true
    }

    /// Open sessions at these chargers, and those that the account pays anywhere.
    private func openSessions(_ devices: [DeviceID]) async throws(WalletError) -> [Place: OpenSession] {
        var found: [Place: OpenSession] = [:]
        let prefixes: [String] =
            if case .charger(let device) = subject { ["open/\(device.hex)/"] } else { ["open/"] }
        for prefix in prefixes {
            for key in try await wallet.keys(prefix) {
                let parts = key.split(separator: "/")
                guard parts.count == 3, let device = try? DeviceID(hex: String(parts[1])), let number = UInt32(parts[2])
                else { throw .answer(reason: "key \(key)") }
                guard let session = try await wallet.value(key, as: OpenSession.self) else { continue }
                let isPayers = if case .account(let account) = subject { session.payer == account } else { false }
                guard isPayers || devices.contains(device) else { continue }
                found[Place(device: device, chain: ChainNumber(rawValue: number))] = session
            }
        }
        return found
    }

    /// Sessions at these chargers that have a settlement now and had none at the last look. The first look only learns them.
    private mutating func newlyEnded(_ devices: [DeviceID]) async throws(WalletError) -> [Event] {
        var known: Set<String> = []
        for device in devices { known.formUnion(try await wallet.keys("session/\(device.hex)/")) }
        var events: [Event] = []
        if let before = ended {
            for key in known.subtracting(before).sorted() {
                guard let (device, session) = Wallet.place(key) else { throw .answer(reason: "key \(key)") }
                if let settlement = try await wallet.value(key, as: SessionSettlement.self) {
                    events.append(.ended(device, session, settlement))
                }
            }
        }
        ended = known
        return events
    }
}
