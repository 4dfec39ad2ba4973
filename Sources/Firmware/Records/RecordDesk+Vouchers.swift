import Journal
import Ledger
import Logging
import PlatformLink
import Quantities
import SignedRecords

extension RecordDesk {
    /// How long ago the registration, which names the tariff by its hash, was last proved: by the time since then, and by the
    /// wall clock, which counts the time that this machine was suspended.
    private var proofAge: Nanoseconds? {
        guard let provedAt else { return nil }
        let age = SystemClock.now() - provedAt
        guard let ledgerTime, let utc = recordTime().utc else { return age }
        let wall = min(max(0, utc.rawValue - ledgerTime.rawValue), 10 * 365 * 86_400_000)
        return max(age, .milliseconds(wall))
    }

    /// Refuses to sell under what was proved too long ago.
    func checkProofAge(_ limit: Nanoseconds) throws(VoucherRefusal) {
        guard let age = proofAge else { throw .notReady("no registration was proved since the start") }
        guard age <= limit else {
            throw .proofsTooOld(
                minutes: age.rawValue / 60_000_000_000, limitMinutes: limit.rawValue / 60_000_000_000)
        }
    }

    /// What was accepted that the ledger does not have, or is offered right now.
    func unsettledVouchers() throws -> [VoucherAcceptance] {
        var found: [VoucherAcceptance] = []
        for connector in connectors {
            if case .voucher(let acceptance, _, _)? = connector.offer { found.append(acceptance) }
            let settled = try position(of: connector.chain).acknowledged
            connector.accepted = connector.accepted.filter { $0.key > settled }
            // The one that is sold on stands in the offer, too, and counts once.
            found += connector.accepted.values.filter { acceptance in
                if case .voucher(acceptance, _, _)? = connector.offer { false } else { true }
            }
        }
        return found
    }

    /// Reads what was taken before the start. What cannot be read is lost: the records go on, and the owner's limits hold.
    func takeUpVoucherMemory() {
        guard identity.vouchers != nil, let folder = voucherFolder else { return }
        do { vouchersTaken = try VoucherMemory(folder: folder) } catch {
            logger.error("which vouchers were taken here is not known any more: \(error)")
        }
    }

    /// Remembers a voucher that is about to be accepted; durable when this returns.
    func remember(_ acceptance: VoucherAcceptance) throws(PlatformLinkError) {
        guard let voucher = try? Voucher(decoding: acceptance.voucher), let utc = recordTime().utc else { return }
        try vouchersTaken.take(
            voucher.hash, expiry: voucher.terms.expiry, card: card(of: voucher), at: max(utc, ledgerTime ?? utc))
    }

    /// The key that has to be there when a voucher is used: its bearer's; or its payer's, where it is for this charger alone. Who
    /// uses a voucher that anyone can copy from a block says nothing of its payer.
    func card(of voucher: Voucher) -> [UInt8]? {
        voucher.terms.bearer ?? (voucher.terms.device == nil ? nil : voucher.payerKey)
    }

    /// Vouchers of which the ledger is to be asked, in turns; none whose acceptance it does not have yet.
    func vouchersToProve() -> [GrantHash] {
        let waiting = Set(connectors.flatMap { $0.accepted.values.map(\.voucherHash) })
        let open = vouchersTaken.open.filter { !waiting.contains($0) || isAcknowledged($0) }
        guard !open.isEmpty else { return [] }
        voucherTurn = (voucherTurn + 1) % open.count
        return Array((open[voucherTurn...] + open[..<voucherTurn]).prefix(Self.vouchersALook))
    }

    private func isAcknowledged(_ voucher: GrantHash) -> Bool {
        connectors.contains { connector in
            connector.accepted.contains { sequence, acceptance in
                acceptance.voucherHash == voucher && sequence <= journal.acknowledged(of: connector.chain)
            }
        }
    }

    /// A look at the ledger asks for no more, so that it stays short.
    static let vouchersALook = 8

    /// Takes in what the ledger proved of a voucher.
    func proved(_ voucher: GrantHash, _ use: VoucherUse?) {
        do {
            if try vouchersTaken.note(voucher, use) {
                logger.warning("voucher \(voucher) promised more than there was; its card is not taken here any more")
            }
        } catch {
            logger.error("what the ledger proved of voucher \(voucher) is not stored: \(error)")
        }
    }

    /// An unused voucher of the owner's: one that names this bearer, or else one that names none, where any card will do.
    func stocked(_ stock: VoucherStock, bearer: [UInt8]?) throws(VoucherRefusal) -> Voucher {
        let all: [Voucher]
        do throws(FirmwareError) { all = try stock.vouchers() } catch { throw .notReady("\(error)") }
        guard let now = recordTime().utc else { throw .clockUnknown }
        let offered = connectors.compactMap(\.offer).map(\.terms.hash)
        let unused = all.filter {
            $0.payer == identity.owner && $0.terms.expiry > now && !vouchersTaken.contains($0.hash)
                && !offered.contains($0.hash)
        }
        if let bearer {
            if let own = unused.first(where: { $0.terms.bearer == bearer }) { return own }
            guard stock.identifiers == nil else {
                throw all.contains { $0.terms.bearer == bearer }
                    ? .noStock : .unknown("card \(Hexadecimal.encode(bearer))")
            }
        }
        guard let voucher = unused.first(where: { $0.terms.bearer == nil }) else { throw .noStock }
        return voucher
    }
}
