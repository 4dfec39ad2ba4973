import ChargerSamples
import Crypto
import Ledger
import Quantities
import RecordSamples
import SignedRecords

/// One random world: its people, chargers and relays on one ledger, under the eyes of the oracle.
public struct SoakWorld {
    static let chainName = "wattseal-soak"

    /// What stands in the ledger's blocks.
    struct Entry {
        let bytes: [UInt8]
        let time: Int64
    }

    let seed: UInt64
    let steps: Int
    let trace: ((String) -> Void)?
    let chain: LedgerChainID
    var random: SeededRandom
    var state = SoakState()
    var oracle: Oracle
    let memory = SoakMemory()
    var time: Int64 = 1_795_000_000_000
    var log: [Entry] = []

    let users: [Curve25519.Signing.PrivateKey]
    let members: [Curve25519.Signing.PrivateKey]
    var board: Governance
    var rules: LedgerParameters
    var tariffs: [Tariff] = []
    var chargers: [SoakCharger] = []
    var vouchers: [Voucher] = []
    /// Grants that chargers have seen at their connectors.
    var seen: [Place: [(name: GrantHash, payer: AccountID, tariff: TariffHash)]] = [:]
    var allowances: [(name: GrantHash, payer: Int, bearer: Int)] = []
    var payers: [SessionID: AccountID] = [:]
    var proposal: Proposal?
    var releases: [FirmwareRelease] = []

    public init(seed: UInt64, steps: Int, trace: ((String) -> Void)? = nil) throws {
        self.seed = seed
        self.steps = steps
        self.trace = trace
        random = SeededRandom(seed: seed)
        chain = try LedgerChainID(Self.chainName)
        users = try (0..<5).map { try SampleCharger.key("user \(seed) \($0)") }
        members = try (0..<3).map { try SampleCharger.key("member \(seed) \($0)") }
        let accounts = members.map(SampleCharger.account(of:)).sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        board = try Governance(threshold: 2, members: accounts, releaseAuthorities: [accounts[0]])
        rules = try LedgerParameters(
            commission: BasisPoints(Int32(random.next() % 2_000)), minimumGrant: Microunits(10_000),
            toleranceMilliseconds: 10_000, evidenceWindowSeconds: 1_814_400, platform: AccountID(hashing: [0x50]))
        var balances: [AccountID: Int64] = [:]
        for user in users { balances[SampleCharger.account(of: user)] = Int64(random.next() % 90_000_000) }
        oracle = Oracle(chain: chain, balances: balances, rules)
        state.apply(
            try LedgerTransition.genesis(
                parameters: rules, balances: balances.mapValues(Microunits.init), governance: board))
    }

    mutating func pick(_ count: Int) -> Int { Int(random.next() % UInt64(max(1, count))) }
    mutating func pick64(_ count: Int64) -> Int64 { Int64(random.next() % UInt64(max(1, count))) }

    /// Runs the world. Throws `SoakBreach` where an invariant did not hold, anything else where the world itself is broken.
    public mutating func run() throws -> SoakTally {
        try settle()
        while log.count < steps {
            advanceTime()
            for _ in 0...pick(10) where log.count < steps { try act() }
            try oracle.compare(with: state)
        }
        try drain()
        try oracle.compare(with: state)
        try oracle.closeDeposits()
        oracle.tally.worlds = 1
        oracle.tally.transactions = log.count
        return oracle.tally
    }

    /// Block times rise by a millisecond, by seconds, now and then by hours and weeks.
    private mutating func advanceTime() {
        switch pick(40) {
        case 0: time += 1 + pick64(15 * 86_400_000)
        case 1...4: time += 1 + pick64(4 * 3_600_000)
        case 5...9: time += 1
        default: time += 1 + pick64(600_000)
        }
    }

    /// The first tariffs and chargers.
    private mutating func settle() throws {
        for _ in 0..<3 { try publishTariff() }
        for number in 0..<3 { try registerCharger(isHonest: number > 0) }
    }

    // MARK: Applying

    @discardableResult
    mutating func apply(_ bytes: [UInt8]) throws -> TransactionResult {
        log.append(Entry(bytes: bytes, time: time))
        let block = BlockContext(ledger: chain, time: UTCMilliseconds(time))
        let outcome = try LedgerTransition.apply(bytes, to: state, in: block, signatures: memory)
        if random.oneIn(64) {
            // The same on another node: another order of the state, nothing remembered.
            let again = try LedgerTransition.apply(bytes, to: state.shuffled(&random), in: block)
            try require(again == outcome, "a second node comes to another outcome")
            oracle.tally.shuffles += 1
        }
        if let trace {
            trace("\(log.count) at \(time): \(describe(bytes)): \(outcome.result.code) \(outcome.result.log)")
        }
        try oracle.take(bytes, outcome, at: time, before: state)
        state.apply(outcome.writes)
        return outcome.result
    }

    private func describe(_ bytes: [UInt8]) -> String {
        switch try? Transaction(decoding: bytes) {
        case .signed(let signed): "\(signed.body.kind) by \(signed.sender)"
        case .records(let batch):
            batch.messages.map { message in
                (try? SignedRecord(decoding: message)).map {
                    "\($0.record.body.kind) \($0.record.chain)/\($0.record.sequence)"
                }
                    ?? "noise"
            }.joined(separator: ", ")
        case nil: "noise"
        }
    }

    /// Signs with the sender's next number, or now and then another.
    func sign(_ body: TransactionBody, by key: Curve25519.Signing.PrivateKey, nonce: UInt64? = nil) throws
        -> SignedTransaction
    {
        let next = nonce ?? oracle.nonces[SampleCharger.account(of: key)] ?? 0
        return try SignedTransaction.sign(body, nonce: next, key: key, ledger: chain)
    }

    @discardableResult
    mutating func send(
        _ body: TransactionBody, by key: Curve25519.Signing.PrivateKey
    ) throws -> (name: GrantHash, result: TransactionResult) {
        let signed = try sign(body, by: key)
        return (GrantHash(exactly: signed.hash), try apply(signed.bytes))
    }

    // MARK: The end

    /// Every honest charger brings all that it signed, ends its sessions, and nothing sticks.
    private mutating func drain() throws {
        for index in chargers.indices where chargers[index].isHonest && chargers[index].isRegistered {
            for number in 1...chargers[index].connectors { try chargers[index].end(.connector(number)) }
            while !chargers[index].queue.isEmpty {
                let part = chargers[index].queue.prefix(200).map(\.message)
                let result = try apply(RecordBatch(messages: part).encoded())
                try require(result.code == 0, "an honest charger's chain sticks: \(result.log)")
                trim(index)
            }
            for number in 1...chargers[index].connectors {
                let place = Place(device: chargers[index].device, chain: .connector(number))
                try require(oracle.sessions[place] == nil, "a session that ended is not settled")
            }
            oracle.tally.drained += 1
        }
    }

    /// Forgets what the ledger has.
    mutating func trim(_ index: Int) {
        let device = chargers[index].device
        chargers[index].queue.removeAll { signed in
            signed.record.sequence <= oracle.heads[Place(device: device, chain: signed.record.chain)]?.sequence ?? 0
        }
    }
}
