import CardReader
import ChargeControl
import Crypto
import Foundation
import Journal
import Ledger
import LightClient
import Quantities
import SignedRecords
import Testing

@testable import Firmware
@testable import PlatformLink

/// Cards at the record desk, settled by the ledger's own transition.
@Suite("Cards at the record desk")
struct CardDeskTests {
    private static let one = DeskRig.connector
    private let key = Curve25519.Signing.PrivateKey()

    /// A charger that has proved all there is, and has lost the ledger.
    private func offline(
        connectors: Int = 1, _ change: (inout VoucherLimits, DeskRig) throws -> Void = { _, _ in }
    ) throws -> (DeskRig, DeskLedger) {
        let rig = try DeskRig(connectors: connectors, vouchers: DeskRig.offlineLimits)
        var limits = DeskRig.offlineLimits
        try change(&limits, rig)
        rig.vouchers = limits
        try rig.restart()
        try rig.bringUp()
        let ledger = try rig.proveAndLoseLedger()
        return (rig, ledger)
    }

    private func voucher(
        _ rig: DeskRig, number: UInt64 = 1, bearer: Curve25519.Signing.PrivateKey? = nil,
        signer: Curve25519.Signing.PrivateKey? = nil
    ) throws -> Voucher {
        let now = try DeskRig.headerTime().unixMilliseconds
        return try Voucher.sign(
            Voucher.Terms(
                number: number, amount: Microunits(2_000_000), highestPrice: PricePerKilowattHour(DeskLedger.price),
                expiry: UTCMilliseconds(now + 3_600_000), bearer: bearer.map { Array($0.publicKey.rawRepresentation) }),
            key: signer ?? rig.payerKey, ledger: rig.ledger)
    }

    /// Lays a card on reader 1, which signs with a key where it is asked.
    private func present(
        _ rig: DeskRig, _ card: PresentedCard, _ key: Curve25519.Signing.PrivateKey? = nil
    ) throws -> CardDecision {
        let desk = rig.desk.cards[0]
        let decision = desk.present(1, card)
        guard case .ask(_, let statement) = decision, let key else { return decision }
        return desk.answer(1, Array(try key.signature(for: statement)))
    }

    /// Caught by: the question before the offer, the answer in the record, and `pending` that is taken once.
    @Test("a voucher that names its bearer is taken with the card's answer, which stands in the record and is paid")
    func bearer() throws {
        let (rig, ledger) = try offline()
        let voucher = try voucher(rig, bearer: key)
        guard case .ask(.bearer, let first) = rig.desk.cards[0].present(1, .voucher(voucher.bytes)) else {
            Issue.record("the card is not asked")
            return
        }
        #expect(rig.first.offered == nil && rig.told().isEmpty, "nothing is offered before the card has answered")
        let old = Array(try key.signature(for: first))
        // Asked again, the question is another one: what was answered then is worth nothing.
        guard case .ask(.bearer, let second) = rig.desk.cards[0].present(2, .voucher(voucher.bytes)) else { return }
        #expect(first != second)
        #expect(rig.desk.cards[0].answer(1, old) == .refused(.wrongAnswer), "card 1 is gone")
        #expect(rig.desk.cards[0].answer(2, old) == .refused(.wrongAnswer))
        let good = Array(try key.signature(for: second))
        #expect(rig.desk.cards[0].answer(2, good) == .refused(.wrongAnswer), "a question is answered once")
        #expect(rig.first.offered == nil)
        #expect(try present(rig, .voucher(voucher.bytes), key) == .accepted(connector: 1))
        try rig.charge(from: 10, register: 1_000_000)
        guard case .voucherAcceptance(let acceptance) = try rig.desk.journal.records(of: Self.one)[0].record.body else {
            return
        }
        #expect(acceptance.answer != nil)
        try RecordDeskTests().verify(rig)
        let before = try #require(try ledger.read(.account(rig.payer), as: Account.self)).balance
        try ledger.sendAll()
        let after = try #require(try ledger.read(.account(rig.payer), as: Account.self)).balance
        #expect(before - after == Microunits(600_000))
        // In the next outage, and after a restart, it is known as used.
        #expect(try present(rig, .voucher(voucher.bytes), key) == .refused(.used))
        try rig.restart()
        try rig.bringUp(register: 2_000_000)
        try ledger.tellRegistration()
        rig.loseLedger()
        #expect(try present(rig, .voucher(voucher.bytes), key) == .refused(.used))
    }

    @Test("the control socket takes no voucher that names a bearer: nobody answers there")
    func socket() throws {
        let (rig, _) = try offline()
        let answer = rig.desk.answer(
            .voucher(Hexadecimal.encode(try voucher(rig, bearer: key).bytes), connector: nil))
        #expect(answer.contains("bearer's answer") && rig.first.offered == nil)
    }

    /// Caught by: `askForVoucher`, and `payers`.
    @Test(
        "a card that is its account's key signs a voucher for this charger; known users alone, where the owner says so")
    func account() throws {
        let (rig, ledger) = try offline()
        let payerKey = Array(rig.payerKey.publicKey.rawRepresentation)
        #expect(try present(rig, .key(payerKey), key) == .refused(.wrongAnswer), "another key signed")
        #expect(try present(rig, .key(payerKey), rig.payerKey) == .accepted(connector: 1))
        #expect(rig.first.offered?.energyLimit == MilliwattHours(3_000_000))
        try rig.charge(from: 10, register: 1_000_000)
        try RecordDeskTests().verify(rig)
        let before = try #require(try ledger.read(.account(rig.payer), as: Account.self)).balance
        try ledger.sendAll()
        let after = try #require(try ledger.read(.account(rig.payer), as: Account.self)).balance
        #expect(before - after == Microunits(600_000))

        let (strict, _) = try offline { limits, rig in
            limits.payers = [rig.payer]
            limits.payer = Microunits(4_000_000)
        }
        #expect(try present(strict, .key(Array(key.publicKey.rawRepresentation)), key) == .refused(.unknown))
        let stranger = try voucher(strict, signer: key)
        #expect(try present(strict, .voucher(stranger.bytes)) == .refused(.unknown))
        #expect(try present(strict, .key(payerKey), strict.payerKey) == .accepted(connector: 1))
        try strict.charge(from: 10, register: 1_000_000)
        #expect(try present(strict, .key(payerKey), strict.payerKey) == .accepted(connector: 1))
        #expect(strict.first.offered?.energyLimit == MilliwattHours(1_000_000), "what is left of the payer's limit")
        try strict.charge(from: 20, register: 2_000_000)
        #expect(try present(strict, .key(payerKey), strict.payerKey) == .refused(.payerLimitReached))
    }

    /// Caught by: `proved` and `isFlagged`.
    @Test("a card that the ledger proved to have promised more than there was is refused, whatever voucher it brings")
    func flagged() throws {
        let (rig, _) = try offline()
        let first = try voucher(rig, bearer: key)
        #expect(try present(rig, .voucher(first.bytes), key) == .accepted(connector: 1))
        try rig.charge(from: 10, register: 1_000_000)
        let other = try voucher(rig, number: 2, bearer: key)
        var use = VoucherUse(payer: rig.payer)
        rig.desk.handle(.voucherUse(first.hash, use))
        #expect(rig.desk.vouchersTaken.open == [first.hash])
        use.isOverdrawn = true
        rig.desk.handle(.voucherUse(first.hash, use))
        #expect(rig.desk.vouchersTaken.open == [])
        #expect(try present(rig, .voucher(other.bytes), key) == .refused(.flagged))
        #expect(try present(rig, .voucher(try voucher(rig, number: 3).bytes)) == .accepted(connector: 1))
    }

    /// Caught by: the ledger's accepted head in `vouchersToProve`.
    @Test("the ledger is asked about a voucher once it has its acceptance")
    func asked() throws {
        let (rig, ledger) = try offline()
        let voucher = try voucher(rig)
        #expect(try present(rig, .voucher(voucher.bytes)) == .accepted(connector: 1))
        #expect(rig.desk.vouchersToProve() == [])
        try rig.charge(from: 10, register: 1_000_000)
        #expect(rig.desk.vouchersToProve() == [])
        try ledger.sendAll()
        #expect(rig.desk.vouchersToProve() == [voucher.hash])
        rig.desk.handle(.voucherUse(voucher.hash, try ledger.read(.voucher(voucher.hash), as: VoucherUse.self)))
        #expect(rig.desk.vouchersToProve() == [])
    }

    /// Caught by: the policy's `stock` in every branch of `present`.
    @Test("a number that proves nothing is taken only where the owner pays, and only if he lists it or takes anyone")
    func identifier() throws {
        let (rig, _) = try offline()
        #expect(try present(rig, .identifier([1, 2, 3, 4])) == .refused(.notTaken))
        func free(_ identifiers: Set<[UInt8]>?, _ vouchers: (DeskRig) throws -> [Voucher]) throws -> (
            DeskRig, DeskLedger
        ) {
            try offline { limits, rig in
                let path = rig.folder + "/stock"
                try vouchers(rig).map { Hexadecimal.encode($0.bytes) }.joined(separator: "\n")
                    .write(toFile: path, atomically: true, encoding: .utf8)
                limits.stock = VoucherStock(path: path, identifiers: identifiers)
            }
        }
        let (listed, _) = try free([[1, 2, 3, 4]]) { rig in
            [try voucher(rig, signer: rig.ownerKey), try voucher(rig, number: 2, bearer: key, signer: rig.ownerKey)]
        }
        #expect(try present(listed, .identifier([4, 3, 2, 1])) == .refused(.unknown))
        #expect(try present(listed, .voucher(try voucher(listed).bytes)) == .refused(.notTaken))
        let stranger = Curve25519.Signing.PrivateKey()
        #expect(
            try present(listed, .key(Array(stranger.publicKey.rawRepresentation)), stranger) == .refused(.unknown))
        #expect(try present(listed, .identifier([1, 2, 3, 4])) == .accepted(connector: 1))
        try listed.charge(from: 10, register: 1_000_000)
        #expect(try present(listed, .identifier([1, 2, 3, 4])) == .refused(.noStock), "the other names a bearer")
        let own = Array(key.publicKey.rawRepresentation)
        #expect(try present(listed, .key(own), stranger) == .refused(.wrongAnswer))
        #expect(try present(listed, .key(own), key) == .accepted(connector: 1))
        let (anyone, _) = try free(nil) { rig in [try voucher(rig, signer: rig.payerKey)] }
        #expect(try present(anyone, .identifier([9, 9, 9, 9])) == .refused(.noStock), "not the owner's")
        let (open, ledger) = try free(nil) { rig in [try voucher(rig, signer: rig.ownerKey)] }
        #expect(try present(open, .identifier([9, 9, 9, 9])) == .accepted(connector: 1))
        try open.charge(from: 10, register: 1_000_000)
        try RecordDeskTests().verify(open)
        try ledger.sendAll()
        guard case .begin(let begin) = try open.desk.journal.records(of: Self.one)[1].record.body else { return }
        #expect(begin.isPaid(by: open.owner), "the record says who pays: the owner himself")
    }

    @Test("while the ledger is in reach, without a policy and where it is not clear which connector, no card is taken")
    func refused() throws {
        let (rig, _) = try offline(connectors: 2)
        let card = PresentedCard.voucher(try voucher(rig).bytes)
        #expect(try present(rig, card) == .refused(.plugInFirst))
        rig.status.update(.connector(2)) { $0.connector.state = "B1" }
        #expect(try present(rig, card) == .accepted(connector: 2))
        rig.desk.isLedgerReachable = true
        #expect(try present(rig, card) == .refused(.ledgerInReach))
        #expect(rig.desk.cards[0].present(1, .voucher([1, 2])) == .refused(.ledgerInReach))
        rig.desk.isLedgerReachable = false
        #expect(rig.desk.cards[0].present(1, .voucher([1, 2])) == .refused(.invalid))
        rig.vouchers = nil
        try rig.restart()
        #expect(rig.desk.cards[0].present(1, card) == .refused(.notTaken))
    }
}
