import CardReader
import Ledger
import Logging
import PlatformLink
import Quantities
import SignedRecords

/// One card reader's part of the record desk: which voucher a card stands for, and what it has to prove first. Confined to the
/// record thread.
///
/// Invariants: a challenge is 32 fresh random bytes and is answered at most once; a plain number is never more than the owner's
/// leave to use one of his own vouchers.
final class CardDesk {
    /// Where its cards charge; nil where the car that is plugged in tells.
    private let connector: ChainNumber?
    private unowned let desk: RecordDesk
    private var pending: (card: UInt16, Pending)?

    /// What a card was asked to sign.
    private enum Pending {
        /// That it is here: a voucher that names its key.
        case bearer(Voucher, ChainNumber, challenge: [UInt8])
        /// A voucher of its own account, by its payload.
        case voucher(payload: [UInt8], ChainNumber)
    }

    /// How long a voucher that a card signs at the charger is good: an outage may last. It names this charger.
    static let ownVoucherLife: Int64 = 7 * 86_400_000

    init(connector: ChainNumber?, desk: RecordDesk) {
        self.connector = connector
        self.desk = desk
    }

    /// A card lies on the reader.
    func present(_ number: UInt16, _ card: PresentedCard) -> CardDecision {
        pending = nil
        return decide { () throws(VoucherRefusal) in
            guard let limits = desk.identity.vouchers else { throw VoucherRefusal.notTaken("cards are") }
            guard !desk.isLedgerReachable else { throw VoucherRefusal.ledgerInReach }
            let connector = try chosenConnector()
            switch card {
            case .voucher(let bytes):
                guard limits.stock == nil else { throw VoucherRefusal.notTaken("cards with vouchers are") }
                return try take(try Self.decoded(bytes), number, connector)
            case .key(let key):
                if let stock = limits.stock { return try take(try desk.stocked(stock, bearer: key), number, connector) }
                return try askForVoucher(of: key, number, connector, limits)
            case .identifier(let bytes):
                guard let stock = limits.stock else { throw VoucherRefusal.notTaken("cards that prove nothing are") }
                guard stock.identifiers?.contains(bytes) ?? true else {
                    throw VoucherRefusal.unknown("card \(Hexadecimal.encode(bytes))")
                }
                return try take(try desk.stocked(stock, bearer: nil), number, connector)
            }
        }
    }

    /// The card has signed.
    func answer(_ number: UInt16, _ signature: [UInt8]) -> CardDecision {
        guard let (card, question) = pending, card == number else { return .refused(.wrongAnswer) }
        pending = nil
        return decide { () throws(VoucherRefusal) in
            switch question {
            case .bearer(let voucher, let chain, let challenge):
                let connector = try self.connector(chain)
                let answer = BearerAnswer(challenge: challenge, signature: signature)
                guard
                    (try? voucher.checkBearer(answer, by: desk.device, at: chain, ledger: desk.ledger)) != nil
                else { throw VoucherRefusal.wrongAnswer }
                try connector.present(voucher, answer: answer)
                return .accepted(connector: chain.rawValue)
            case .voucher(let payload, let chain):
                let connector = try self.connector(chain)
                let voucher = try Self.decoded(COSESign1(payload: payload, signature: signature).message)
                guard (try? voucher.verify(ledger: desk.ledger)) != nil else { throw VoucherRefusal.wrongAnswer }
                try connector.present(voucher)
                return .accepted(connector: chain.rawValue)
            }
        }
    }

    /// The card is gone, or the reader with it: what it was asked is not answered any more. What was taken stays taken.
    func forget() { pending = nil }

    // MARK: What a card stands for

    /// A voucher that is there already: its bearer is asked, if it names one.
    private func take(
        _ voucher: Voucher, _ number: UInt16, _ connector: ConnectorDesk
    ) throws(VoucherRefusal) -> CardDecision {
        guard voucher.terms.bearer != nil else {
            try connector.present(voucher, fromStock: true)
            return .accepted(connector: connector.chain.rawValue)
        }
        // What is refused anyway is refused before the card is asked.
        _ = try connector.prepare(voucher, fromStock: true)
        let challenge = Self.challenge()
        pending = (number, .bearer(voucher, connector.chain, challenge: challenge))
        return .ask(
            .bearer,
            BearerAnswer.statement(
                ledger: desk.ledger, device: desk.device, chain: connector.chain, challenge: challenge,
                voucher: voucher.hash))
    }

    /// A card that is its payer's key signs a voucher for this charger and this session: its number is the challenge.
    private func askForVoucher(
        of key: [UInt8], _ number: UInt16, _ connector: ConnectorDesk, _ limits: VoucherLimits
    ) throws(VoucherRefusal) -> CardDecision {
        guard let tariff = desk.tariff else { throw .notReady("no tariff was proved since the start") }
        guard let clock = desk.recordTime().utc else { throw .clockUnknown }
        let payer = AccountID(hashing: key)
        if let known = limits.payers, !known.contains(payer) { throw .unknown("account \(payer)") }
        if desk.vouchersTaken.isFlagged(card: key) { throw .flagged(card: key) }
        let amount = min(limits.session, try connector.amountLeft(payer: payer, voucher: nil, limits))
        let terms = Voucher.Terms(
            number: UInt64.random(in: 0 ... .max), amount: amount, highestPrice: tariff.price,
            expiry: UTCMilliseconds(max(clock, desk.ledgerTime ?? clock).rawValue + Self.ownVoucherLife),
            device: desk.device)
        let (statement, payload) = Voucher.toSign(terms, payerKey: key, ledger: desk.ledger)
        pending = (number, .voucher(payload: payload, connector.chain))
        return .ask(.voucher, statement)
    }

    private func decide(_ body: () throws(VoucherRefusal) -> CardDecision) -> CardDecision {
        do throws(VoucherRefusal) { return try body() } catch {
            desk.logger.warning("card refused: \(error)")
            return .refused(error.shown)
        }
    }

    private static func decoded(_ bytes: [UInt8]) throws(VoucherRefusal) -> Voucher {
        do throws(LedgerError) { return try Voucher(decoding: bytes) } catch { throw .invalid(error) }
    }

    static func challenge() -> [UInt8] {
        var random = SystemRandomNumberGenerator()
        return (0..<BearerAnswer.challengeBytes).map { _ in UInt8.random(in: 0 ... .max, using: &random) }
    }

    // MARK: Where

    private func connector(_ chain: ChainNumber) throws(VoucherRefusal) -> ConnectorDesk {
        guard let connector = desk.connector(chain) else { throw .notReady("there is no connector \(chain)") }
        return connector
    }

    /// The reader's own connector; or the one where a car is plugged in; or the only one that is free.
    private func chosenConnector() throws(VoucherRefusal) -> ConnectorDesk {
        if let connector { return try self.connector(connector) }
        let free = desk.connectors.filter { $0.sale == nil && $0.interrupted == nil && $0.offered == nil }
        guard let first = free.first else { throw .busy }
        if free.count == 1 { return first }
        let states = desk.status.current.connectors
        let plugged = free.filter { connector in
            states.contains { $0.number == connector.chain.rawValue && "BCD".contains($0.connector.state.prefix(1)) }
        }
        guard plugged.count == 1 else { throw .plugInFirst }
        return plugged[0]
    }
}
