import ChargerSamples
import Ledger
import Quantities
import SignedRecords

extension TestLedger {
    /// The payer's voucher.
    func voucher(_ terms: Voucher.Terms) throws -> Voucher {
        try Voucher.sign(terms, key: payerKey, ledger: chainID)
    }

    /// What the charger states of a voucher when it takes it for all that it promises.
    func acceptance(of voucher: Voucher) -> VoucherAcceptance {
        VoucherAcceptance(
            payer: voucher.payer, amount: voucher.terms.amount, tariff: tariff.hash, expiry: voucher.terms.expiry,
            voucher: voucher.bytes)
    }

    /// The charger's next record accepts a voucher.
    mutating func accept(_ voucher: Voucher, chain: ChainNumber = .connector(1)) throws -> SignedRecord {
        try charger.append(chain, .voucherAcceptance(acceptance(of: voucher)))
    }

    /// The charger's next records: a session on a voucher, with a tick at the first kilowatt-hour.
    mutating func session(
        on voucher: Voucher, chain: ChainNumber = .connector(1), energy: Int64
    ) throws -> [SignedRecord] {
        let register = charger.register(chain)
        var records = [try accept(voucher, chain: chain)]
        let begin = begin(voucher.hash, chain: chain, register: register)
        records.append(try charger.append(chain, .begin(begin)))
        records.append(
            try charger.append(
                chain, .tick(SampleCharger.tick(begin.session, energy: 1_000_000, register: register, after: 0))))
        records.append(
            try charger.append(
                chain, .end(SampleCharger.end(begin.session, energy: energy, register: register, ticks: 1))))
        return records
    }

    func hold(_ chain: ChainNumber = .connector(1)) throws -> Grant? {
        try read(.hold(charger.device, chain), as: Grant.self)
    }

    func use(_ voucher: Voucher) throws -> VoucherUse? { try read(.voucher(voucher.hash), as: VoucherUse.self) }
}
