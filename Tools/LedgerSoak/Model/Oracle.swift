import Ledger
import Quantities
import SignedRecords

/// What the oracle knows of a connector's or a device's chain.
struct Place: Hashable {
    let device: DeviceID
    let chain: ChainNumber
}

/// Money at a connector.
struct OracleGrant: Equatable {
    let name: GrantHash
    let payer: AccountID
    var amount: Int64
    var spent: Int64 = 0
    let tariff: TariffHash
    let expiry: Int64
    var limit: Int64?
    var delivered: Int64 = 0
    var allowance: GrantHash?

    var left: Int64 { amount - spent }
}

/// A connector that is kept.
struct OracleReservation: Equatable {
    let name: GrantHash
    let user: AccountID
    let from: Int64
    let until: Int64
    var deposit: Int64
    let kept: Int64
    let cancelled: Int64
    var hasCome = false
}

/// A session, from its records.
struct OracleSession {
    let id: SessionID
    let grant: GrantHash
    let payer: AccountID
    let tariff: TariffHash
    let funded: Bool
    let rate: Int64
    let beginSequence: UInt64
    var earliest: Int64
    /// The register, as it would read without rollovers and resets, and where it began.
    let beganAt: Int64
    var carried: Int64 = 0
    var energy: Int64 = 0
    var counted: Int64 = 0
    var ticks: UInt32 = 0
    /// Σ energy × price.
    var product: Int128 = 0
    var milliseconds: Int64 = 0
    var newest: Int64?
    var paid: Int64 = 0
    var commission: Int64 = 0
    /// All that went to the owner and the platform, summed up payment by payment.
    var credited: Int64 = 0
}

struct OracleCharger {
    let owner: AccountID
    let genesis: RecordHash
    let connectors: UInt32
    let bench: Bool
    var tariff: TariffHash
    var isFrozen = false
    var deposit: Int64 = 0
    var keptMinutes: Int64 = 15
    var noticeMinutes: Int64 = 0
}

struct OracleHead {
    var sequence: UInt64
    var hash: RecordHash
    var notBefore: Int64
}

/// A second opinion: money, chains and sessions by the words of docs/format.md and the doc comments, with arithmetic of its
/// own. It takes the ledger's verdict on what is accepted and says what must follow from it.
struct Oracle {
    let chain: LedgerChainID
    let total: Int64
    var time: Int64 = 0
    var commission: Int64
    var tolerance: Int64
    var platform: AccountID

    var balances: [AccountID: Int64]
    var nonces: [AccountID: UInt64] = [:]
    var grants: [Place: OracleGrant] = [:]
    var holds: [Place: OracleGrant] = [:]
    var allowances: [GrantHash: (payer: AccountID, left: Int64)] = [:]
    var reservations: [Place: [OracleReservation]] = [:]
    var claims: [Place: Int64] = [:]
    var faults: [Place: (codes: Set<UInt16>, isOccupied: Bool, since: Int64)] = [:]

    var tariffs: [TariffHash: OracleTariff] = [:]
    var chargers: [DeviceID: OracleCharger] = [:]
    var heads: [Place: OracleHead] = [:]
    var accepted: [Place: [UInt64: RecordHash]] = [:]
    var sessions: [Place: OracleSession] = [:]
    /// The session that ended last at each connector.
    var endings: [Place: OracleSession] = [:]
    /// The bound that each registration set.
    var genesisNotBefore: [DeviceID: Int64] = [:]
    var settled: [SessionID: (place: Place, paid: Int64)] = [:]
    var refunds: [SessionID: Int64] = [:]
    var uses: [GrantHash: (held: Int64, spent: Int64)] = [:]
    /// What ever left a grant, an allowance or a voucher, and what it ever held.
    var taken: [GrantHash: (most: Int64, out: Int64)] = [:]
    /// Where each connector's paid energy has come to on an honest meter.
    var paidUpTo: [Place: (session: SessionID, register: Int64)] = [:]
    /// The register at each connector's last end, rollback or meter change.
    var lastRegister: [Place: Int64] = [:]
    /// Deposits: given, and given back or paid out.
    var deposits: [GrantHash: (given: Int64, out: Int64)] = [:]
    var tally = SoakTally()

    init(chain: LedgerChainID, balances: [AccountID: Int64], _ rules: LedgerParameters) {
        self.chain = chain
        self.balances = balances
        total = balances.values.reduce(0, +)
        commission = Int64(rules.commission.rawValue)
        tolerance = rules.toleranceMilliseconds
        platform = rules.platform
    }

    /// Holds a transaction's outcome against what must follow from it.
    mutating func take(
        _ bytes: [UInt8], _ outcome: LedgerTransition.Outcome, at moment: Int64, before: SoakState
    ) throws(SoakBreach) {
        time = moment
        let keys = outcome.writes.map(\.key)
        try require(zip(keys, keys.dropFirst()).allSatisfy { $0 < $1 }, "writes are not sorted, or come twice")
        let result = outcome.result
        tally.codes[result.code, default: 0] += 1
        guard let transaction = try? Transaction(decoding: bytes) else {
            tally.malformed += 1
            return try require(result.code != 0 && keys.isEmpty, "malformed bytes: code \(result.code)")
        }
        switch transaction {
        case .signed(let signed): try take(signed, result, outcome.writes, before)
        case .records(let batch): try take(batch, result, outcome.writes)
        }
    }

    // MARK: Money

    mutating func pay(_ account: AccountID, _ amount: Int64) throws(SoakBreach) {
        let sum = balances[account, default: 0] + amount
        try require(sum >= 0, "the balance of \(account) would be \(sum)")
        if amount != 0 { balances[account] = sum }
    }

    /// Money that leaves what was set aside under a name; never more than it held.
    mutating func take(_ amount: Int64, from name: GrantHash) throws(SoakBreach) {
        var use = taken[name] ?? (0, 0)
        use.out += amount
        try require(use.out <= use.most, "\(name) paid \(use.out) of \(use.most)")
        taken[name] = use
    }

    mutating func put(_ amount: Int64, under name: GrantHash) {
        taken[name, default: (0, 0)].most += amount
    }

    /// A grant goes: what is left of it goes back to where it came from.
    mutating func endGrant(_ place: Place) throws(SoakBreach) {
        guard let grant = grants.removeValue(forKey: place) else { return }
        try take(grant.left, from: grant.name)
        if let name = grant.allowance, allowances[name] != nil {
            allowances[name]?.left += grant.left
            put(grant.left, under: name)
        } else {
            try pay(grant.payer, grant.left)
        }
    }

    mutating func endHold(_ place: Place) throws(SoakBreach) {
        guard let hold = holds.removeValue(forKey: place) else { return }
        uses[hold.name]?.held -= hold.amount
        uses[hold.name]?.spent += hold.spent
        try take(hold.left, from: hold.name)
        try pay(hold.payer, hold.left)
    }

    mutating func emptyHold(_ place: Place) throws(SoakBreach) {
        guard var hold = holds[place] else { return }
        uses[hold.name]?.held -= hold.left
        try take(hold.left, from: hold.name)
        try pay(hold.payer, hold.left)
        hold.amount = hold.spent
        holds[place] = hold
    }

    mutating func freeze(_ device: DeviceID) throws(SoakBreach) {
        guard let charger = chargers[device], !charger.isFrozen else { return }
        chargers[device]?.isFrozen = true
        for number in 1...charger.connectors {
            let place = Place(device: device, chain: .connector(number))
            guard sessions[place] == nil else { continue }
            try emptyHold(place)
            try endGrant(place)
        }
    }

    // MARK: Deposits

    mutating func payDeposit(_ reservation: OracleReservation, to owner: AccountID?) throws(SoakBreach) {
        guard reservation.deposit > 0 else { return }
        var deposit = deposits[reservation.name] ?? (0, 0)
        deposit.out += reservation.deposit
        try require(deposit.out <= deposit.given, "the deposit of \(reservation.name) is paid twice")
        deposits[reservation.name] = deposit
        guard let owner else { return try pay(reservation.user, reservation.deposit) }
        let share = reservation.deposit * commission / 10_000
        try pay(owner, reservation.deposit - share)
        try pay(platform, share)
        tally.noShows += 1
    }

    /// Gives the deposits back of those who are kept out, and keeps the connector for them.
    mutating func giveBack(_ place: Place, where isMeant: (OracleReservation) -> Bool) throws(SoakBreach) {
        guard var list = reservations[place] else { return }
        for index in list.indices where isMeant(list[index]) {
            try payDeposit(list[index], to: nil)
            list[index].deposit = 0
        }
        reservations[place] = list
    }

    func kept(_ place: Place, from user: AccountID, at moment: Int64) -> OracleReservation? {
        reservations[place]?.first {
            $0.user != user && $0.from <= moment && moment < ($0.hasCome ? $0.until : $0.kept)
        }
    }
}
