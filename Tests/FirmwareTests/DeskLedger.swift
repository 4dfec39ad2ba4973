import Crypto
import Foundation
import Journal
import Ledger
import Quantities
import SignedRecords

@testable import Firmware
@testable import PlatformLink

/// The ledger's own transition, with its state in memory, for the device of a desk rig: owner and payer have accounts there.
final class DeskLedger {
    /// A microunit a milliwatt-hour: what is paid shows each of them.
    static let price: Int64 = 1_000_000
    private var values: [StateKey: [UInt8]] = [:]
    private let rig: DeskRig
    private let tariff: Tariff
    private let context: BlockContext

    private struct Values: LedgerState {
        let values: [StateKey: [UInt8]]
        func value(of key: StateKey) throws(LedgerError) -> [UInt8]? { values[key] }
    }

    /// Publishes a tariff and registers the device, whose genesis record is there.
    init(_ rig: DeskRig) throws {
        self.rig = rig
        tariff = try Tariff(name: "T", price: PricePerKilowattHour(Self.price))
        context = BlockContext(ledger: rig.ledger, time: UTCMilliseconds(SystemClock.utcMilliseconds()))
        let parameters = try LedgerParameters(
            commission: BasisPoints(250), minimumGrant: Microunits(1), toleranceMilliseconds: 10_000,
            evidenceWindowSeconds: 1_814_400, platform: AccountID(hashing: [0x50]))
        write(try LedgerTransition.genesis(parameters: parameters, balances: [rig.payer: Microunits(1_000_000_000)]))
        guard let genesis = try rig.desk.journal.genesis() else { throw Refused(words: "no genesis") }
        _ = try send(.publishTariff(tariff), by: rig.ownerKey)
        _ = try send(.registerCharger(genesis: genesis.message, tariff: tariff.hash), by: rig.ownerKey)
    }

    struct Refused: Error { let words: String }

    private func write(_ writes: [StateWrite]) { for write in writes { values[write.key] = write.value } }

    private func apply(_ bytes: [UInt8]) throws -> TransactionResult {
        let outcome = try LedgerTransition.apply(bytes, to: Values(values: values), in: context)
        write(outcome.writes)
        return outcome.result
    }

    private func send(_ body: TransactionBody, by key: Curve25519.Signing.PrivateKey) throws -> SignedTransaction {
        let account = AccountID(hashing: Array(key.publicKey.rawRepresentation))
        let nonce = try read(.account(account), as: Account.self)?.nextNonce ?? 0
        let transaction = try SignedTransaction.sign(body, nonce: nonce, key: key, ledger: rig.ledger)
        let result = try apply(transaction.bytes)
        guard result.code == 0 else { throw Refused(words: result.log) }
        return transaction
    }

    func read<Value: StateValue>(_ key: StateKey, as type: Value.Type) throws -> Value? {
        try values[key].map { try Value(decoding: $0) }
    }

    func head(_ chain: ChainNumber) throws -> ChainHeadState? {
        try read(.head(rig.desk.device, chain), as: ChainHeadState.self)
    }

    func equivocation(_ chain: ChainNumber) throws -> Equivocation? {
        try read(.equivocation(rig.desk.device, chain), as: Equivocation.self)
    }

    func isSessionOpen(_ chain: ChainNumber) -> Bool { values[.open(rig.desk.device, chain)] != nil }

    func settlement(_ session: SessionID) throws -> SessionSettlement? {
        try read(.session(rig.desk.device, session), as: SessionSettlement.self)
    }

    /// The payer sets an amount aside for a connector; what stands there now, as the device would prove it.
    func grant(_ amount: Int64, chain: ChainNumber = DeskRig.connector) throws -> ProvedGrant {
        let expiry = UTCMilliseconds(context.time.rawValue + 3_600_000)
        _ = try send(
            .grant(
                device: rig.desk.device, chain: chain, amount: Microunits(amount), tariff: tariff.hash, expiry: expiry),
            by: rig.payerKey)
        let device = rig.desk.device
        guard let grant = try read(.grant(device, chain), as: Grant.self),
            let registration = try read(.charger(device), as: ChargerRegistration.self)
        else { throw Refused(words: "no grant") }
        return ProvedGrant(
            grant: grant, tariff: tariff, registration: registration, height: 5, headerTime: try DeskRig.headerTime())
    }

    /// The registration that stands, with its tariff, as the device would prove them.
    func tellRegistration(changing change: (inout ChargerRegistration) -> Void = { _ in }) throws {
        guard var registration = try read(.charger(rig.desk.device), as: ChargerRegistration.self) else {
            throw Refused(words: "not registered")
        }
        change(&registration)
        rig.desk.handle(.registration(registration))
        rig.desk.handle(.tariff(tariff))
    }

    /// Records as they stand; what the ledger says of them.
    func take(_ records: [SignedRecord]) throws -> TransactionResult {
        try apply(try RecordBatch(messages: records.map(\.message)).encoded())
    }

    /// Sends what is not acknowledged, chain 0 first, and proves the heads that come of it.
    func sendAll() throws {
        for chain in rig.desk.chains {
            let records = try rig.desk.journal.unacknowledged(of: chain, limit: 256)
            guard !records.isEmpty else { continue }
            let result = try take(records)
            guard result.code == 0 else { throw Refused(words: result.log) }
            guard let head = try head(chain) else { continue }
            try rig.desk.journal.acknowledge(chain: chain, sequence: head.sequence, hash: head.hash)
        }
    }

    /// What the platform link does at a look: holds each proved head against the journal, and tells the desk.
    func prove() throws {
        for chain in rig.desk.chains {
            let proved = try head(chain)
            var verdict = try verdict(proved, chain)
            if case .aheadOfJournal(let head, let journal) = verdict {
                rig.desk.handle(.rollbackDetected(chain, proved: head, journalHead: journal, height: 7))
                verdict = try self.verdict(proved, chain)
            }
            switch verdict {
            case .accepted(let sequence, let hash):
                try rig.desk.journal.acknowledge(chain: chain, sequence: sequence, hash: hash)
            case .differs(let head, let journal):
                rig.desk.handle(.equivocation(chain, proved: head, journal: journal))
            case .nothingAccepted, .unchanged: break
            default: throw Refused(words: "\(verdict)")
            }
            rig.desk.handle(.provedHead(chain, proved))
        }
    }

    private func verdict(_ proved: ChainHeadState?, _ chain: ChainNumber) throws -> ProvedHeadVerdict {
        let journal = rig.desk.journal
        let head = journal.head(of: chain)?.sequence ?? 0
        var ours: RecordHash?
        if let proved, proved.sequence <= head { ours = try journal.hash(of: chain, at: proved.sequence) }
        return ProvedHeadVerdict(
            proved: proved, journalHead: head, acknowledged: journal.acknowledged(of: chain), ourHash: ours)
    }
}
