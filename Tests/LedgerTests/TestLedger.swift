import ChargerSamples
import Crypto
import Ledger
import Quantities
import SignedRecords
import Testing

/// A state in memory.
struct MemoryState: LedgerState {
    var values: [StateKey: [UInt8]] = [:]
    /// A key that cannot be read, as on a failing disk.
    var unreadable: StateKey?

    func value(of key: StateKey) throws(LedgerError) -> [UInt8]? {
        if key == unreadable { throw .stateUnavailable(reason: "disk") }
        return values[key]
    }

    mutating func apply(_ writes: [StateWrite]) {
        for write in writes { values[write.key] = write.value }
    }
}

/// A ledger in memory with a tariff, a payer and a registered charger.
struct TestLedger {
    static let platform = AccountID(hashing: [0x50])
    static let price: Int64 = 300_000

    var state = MemoryState()
    let chainID: LedgerChainID
    var time: Int64 = 1_795_000_000_000
    let payerKey: Curve25519.Signing.PrivateKey
    let tariff: Tariff
    var charger: SampleCharger

    var payer: AccountID { SampleCharger.account(of: payerKey) }

    init(
        commission: Int32 = 250, price: Int64 = TestLedger.price, balance: Int64 = 10_000_000, bench: Bool = false,
        registering: Bool = true, tariff other: Tariff? = nil, governance: Governance? = nil
    ) throws {
        chainID = try LedgerChainID("wattseal-test")
        payerKey = try SampleCharger.key("payer")
        tariff = try other ?? Tariff(name: "Day", price: PricePerKilowattHour(price))
        charger = try SampleCharger(bench: bench)
        let parameters = try LedgerParameters(
            commission: BasisPoints(commission), minimumGrant: Microunits(10_000), toleranceMilliseconds: 10_000,
            evidenceWindowSeconds: 1_814_400, platform: Self.platform)
        state.apply(
            try LedgerTransition.genesis(
                parameters: parameters, balances: [SampleCharger.account(of: payerKey): Microunits(balance)],
                governance: governance))
        guard registering else { return }
        #expect(try send(.publishTariff(tariff), by: charger.ownerKey).code == 0)
        let registration = TransactionBody.registerCharger(genesis: charger.genesis.message, tariff: tariff.hash)
        #expect(try send(registration, by: charger.ownerKey).code == 0)
    }

    var context: BlockContext { BlockContext(ledger: chainID, time: UTCMilliseconds(time)) }

    // MARK: Acting

    @discardableResult
    mutating func apply(
        _ bytes: [UInt8], signatures: (any SignatureMemory)? = nil
    ) throws -> TransactionResult {
        let outcome = try LedgerTransition.apply(bytes, to: state, in: context, signatures: signatures)
        state.apply(outcome.writes)
        return outcome.result
    }

    func sign(
        _ body: TransactionBody, by key: Curve25519.Signing.PrivateKey, nonce: UInt64? = nil
    ) throws -> SignedTransaction {
        let next = try nonce ?? account(SampleCharger.account(of: key)).nextNonce
        return try SignedTransaction.sign(body, nonce: next, key: key, ledger: chainID)
    }

    @discardableResult
    mutating func send(_ body: TransactionBody, by key: Curve25519.Signing.PrivateKey) throws -> TransactionResult {
        try apply(try sign(body, by: key).bytes)
    }

    @discardableResult
    mutating func send(_ records: [SignedRecord]) throws -> TransactionResult {
        try apply(try RecordBatch(messages: records.map(\.message)).encoded())
    }

    /// Makes a grant by the payer at connector 1; returns its name.
    mutating func grant(
        _ amount: Int64, chain: ChainNumber = .connector(1), lifetime: Int64 = 3_600_000
    ) throws -> GrantHash {
        let body = TransactionBody.grant(
            device: charger.device, chain: chain, amount: Microunits(amount), tariff: tariff.hash,
            expiry: UTCMilliseconds(time + lifetime))
        let transaction = try sign(body, by: payerKey)
        let result = try apply(transaction.bytes)
        #expect(result.code == 0, "\(result.log)")
        return GrantHash(exactly: transaction.hash)
    }

    func begin(_ grant: GrantHash, chain: ChainNumber = .connector(1), register: Int64 = 5_000_000) -> Begin {
        charger.begin(chain, grant: grant, payer: payer, tariff: tariff.hash, register: register)
    }

    // MARK: Looking

    func read<Value: StateValue>(_ key: StateKey, as type: Value.Type) throws -> Value? {
        try state.values[key].map { try Value(decoding: $0) }
    }

    func account(_ id: AccountID) throws -> Account { try read(.account(id), as: Account.self) ?? .untouched }

    func balance(_ id: AccountID) throws -> Int64 { try account(id).balance.rawValue }

    func standing(_ chain: ChainNumber = .connector(1)) throws -> Grant? {
        try read(.grant(charger.device, chain), as: Grant.self)
    }

    func open(_ chain: ChainNumber = .connector(1)) throws -> OpenSession? {
        try read(.open(charger.device, chain), as: OpenSession.self)
    }

    func head(_ chain: ChainNumber = .connector(1)) throws -> ChainHeadState? {
        try read(.head(charger.device, chain), as: ChainHeadState.self)
    }

    func settlement(_ session: SessionID) throws -> SessionSettlement? {
        try read(.session(charger.device, session), as: SessionSettlement.self)
    }

    /// All money: what accounts hold, and what is in escrow.
    func money() throws -> Int64 {
        var sum: Int64 = 0
        for (key, value) in state.values {
            switch key.text.prefix(while: { $0 != "/" }) {
            case "account": sum += try Account(decoding: value).balance.rawValue
            case "grant", "hold": sum += try Grant(decoding: value).remainder.rawValue
            case "allowance": sum += try Allowance(decoding: value).amount.rawValue
            case "reservations": sum += try Reservations(decoding: value).deposits.rawValue
            default: break
            }
        }
        return sum
    }
}

/// What a batch's result says: records accepted, records that had been accepted before.
func counts(_ result: TransactionResult) throws -> [UInt64] {
    try #require(try CBOR.decode(result.data).arrayValue).compactMap(\.unsignedValue)
}
