import ChargerSamples
import Crypto
import Ledger
import LightClient
import Logging
import Quantities
import SignedRecords

@testable import LedgerNode

/// A standalone ledger on which one charger is registered, and the wallet of who charges there.
struct LedgerStreet: Sendable {
    /// Grants lie at most seven days ahead (`Grant.maximumLifetimeMilliseconds`); each is for one visit.
    private static let lifetime: Int64 = 6 * 86_400_000

    let node: LedgerNode
    private let wallet: Wallet
    private let payer: Curve25519.Signing.PrivateKey
    private let ledger: LedgerChainID
    private let device: DeviceID
    private let tariff: Tariff
    private let clock: VirtualClock

    /// Starts the node, publishes the tariff and registers the charger of this genesis record.
    init(_ folder: String, _ clock: VirtualClock, _ genesis: [UInt8]) async throws {
        self.clock = clock
        payer = try SampleCharger.key("soak payer")
        ledger = try LedgerChainID(LedgerProcess.chainID)
        device = try SignedRecord(decoding: genesis).record.device
        tariff = try Tariff(name: "Soak", price: LedgerProcess.price)
        var logger = Logger(label: "soak-ledger")
        logger.logLevel = .critical
        node = try await LedgerNode.start(
            LedgerNodeConfiguration(
                home: SoakFolder.ledger(folder), blockIntervalMilliseconds: 1, chainID: LedgerProcess.chainID,
                accounts: [SampleCharger.account(of: payer): Microunits(1_000_000_000_000_000)], logger: logger
            ) { clock.timestamp })
        wallet = try Wallet(rpc: node.url)
        let owner = try LedgerProcess.owner()
        try await send(.publishTariff(tariff), nonce: 0, by: owner)
        try await send(.registerCharger(genesis: genesis, tariff: tariff.hash), nonce: 1, by: owner)
        try await rest()
        guard try await wallet.value(.charger(device), as: ChargerRegistration.self) != nil else {
            throw BenchmarkFailed("the ledger did not register the charger")
        }
    }

    /// Waits until every transaction is in a block, and the state behind it proved: the node does both in one go.
    func rest() async throws {
        while !(await node.engine.mempool.isEmpty) { try await Task.sleep(for: .microseconds(300)) }
    }

    /// The driver takes back what is left of the last grant, and sets so much aside.
    ///
    /// - Returns: the account's next nonce.
    func grant(_ amount: Microunits, nonce: UInt64) async throws -> UInt64 {
        try await rest()
        var next = nonce
        if try await standing() != nil {
            try await send(.releaseGrant(device: device, chain: LedgerProcess.connector), nonce: next, by: payer)
            next += 1
        }
        let made = try await send(
            .grant(
                device: device, chain: LedgerProcess.connector, amount: amount, tariff: tariff.hash,
                expiry: UTCMilliseconds(clock.utcMilliseconds + Self.lifetime)), nonce: next, by: payer)
        try await rest()
        guard try await standing()?.hash == made else { throw BenchmarkFailed("the ledger did not take a grant") }
        return next + 1
    }

    private func standing() async throws -> Grant? {
        try await wallet.value(.grant(device, LedgerProcess.connector), as: Grant.self)
    }

    @discardableResult
    private func send(
        _ body: TransactionBody, nonce: UInt64, by key: Curve25519.Signing.PrivateKey
    ) async throws -> GrantHash {
        let transaction = try SignedTransaction.sign(body, nonce: nonce, key: key, ledger: ledger)
        try await wallet.broadcast(transaction.bytes)
        return GrantHash(exactly: transaction.hash)
    }
}
