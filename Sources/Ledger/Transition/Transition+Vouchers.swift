internal import Quantities
internal import SignedRecords

// A voucher comes to the ledger in the record of the charger that accepted it, perhaps days after the session. Whatever the
// ledger knows better by then, it does not stop the chain: what cannot be paid is recorded and unpaid.
//
// Invariant: a hold stands from its acceptance record to the next record of the connector, or to the end of the session that
// this next record begins; so a begin that finds its voucher's hold stands directly behind the acceptance.

extension Transition {
    /// Sets aside what a charger accepted a voucher for, as far as the voucher and its payer's account reach.
    mutating func accept(
        _ acceptance: VoucherAcceptance, _ record: Record, _ charger: ChargerRegistration, before: AcceptedRecord
    ) throws(LedgerError) {
        let (device, chain) = (record.device, record.chain)
        guard try state.value(of: .open(device, chain)) == nil else {
            throw .session(reason: "a session is open on connector \(chain) already")
        }
        guard let tariff = try read(.tariff(acceptance.tariff), as: Tariff.self) else {
            throw .unknown(what: "tariff \(acceptance.tariff)")
        }
        let voucher = try Voucher.read(
            acceptance, by: device, at: chain, of: charger.owner, tariff: tariff, ledger: block.ledger)
        try releaseHold(device, chain)
        var use = try read(.voucher(voucher.hash), as: VoucherUse.self) ?? VoucherUse(payer: voucher.payer)
        var amount = Microunits.zero
        if !charger.isFrozen, !charger.bench, isInTime(record, expiry: voucher.terms.expiry, before: before) {
            // A voucher pays one session: from its acceptance record on, every reader of the ledger has it.
            let isUnused = use.spent == .zero && use.held == .zero
            amount = isUnused ? min(acceptance.amount, try account(voucher.payer).balance) : .zero
            if amount < acceptance.amount {
                use.isOverdrawn = true
                try flagVoucher(of: voucher.payer)
            }
        }
        if amount > .zero { try debit(voucher.payer, amount) }
        use.held += amount
        write(.voucher(voucher.hash), use)
        write(
            .hold(device, chain),
            Grant(
                hash: voucher.hash, payer: voucher.payer, amount: amount, spent: .zero, tariff: tariff.hash,
                // A voucher may be good for years; money behind a charger that is gone is not kept so long. One that comes
                // after its expiry has its grace time from now on: the payer must not take the money back before the
                // session's other records are there.
                expiry: min(
                    max(voucher.terms.expiry, block.time),
                    UTCMilliseconds(block.time.rawValue + Grant.maximumLifetimeMilliseconds))))
    }

    /// Whether a session began before the voucher's expiry: as for a grant; or, for what comes within the grace time, by its
    /// own synchronised time alone. In an outage's backlog the record before it was accepted just now, and says nothing.
    private func isInTime(_ record: Record, expiry: UTCMilliseconds, before: AcceptedRecord) -> Bool {
        if hasBegunInTime(record, expiry: expiry, before: before) { return true }
        guard record.time.quality == .synchronised, let utc = record.time.utc, utc < expiry else { return false }
        return block.time.rawValue - expiry.rawValue < Grant.graceMilliseconds
    }

    /// Takes a voucher's hold from a connector and gives back what it has left; nothing where none stands.
    mutating func releaseHold(_ device: DeviceID, _ chain: ChainNumber) throws(LedgerError) {
        guard let hold = try read(.hold(device, chain), as: Grant.self) else { return }
        var use = try use(of: hold)
        use.held -= hold.amount
        use.spent += hold.spent
        write(.voucher(hold.hash), use)
        try credit(hold.payer, hold.remainder)
        state.write(.hold(device, chain), nil)
    }

    /// Takes the hold from a connector on which no session is open.
    mutating func releaseIdleHold(_ device: DeviceID, _ chain: ChainNumber) throws(LedgerError) {
        guard chain != .device, try state.value(of: .hold(device, chain)) != nil,
            try state.value(of: .open(device, chain)) == nil
        else { return }
        try releaseHold(device, chain)
    }

    /// Gives back what a hold has left and lets it stand: a begin record may still be on its way, and names it.
    mutating func emptyHold(_ device: DeviceID, _ chain: ChainNumber) throws(LedgerError) {
        guard var hold = try read(.hold(device, chain), as: Grant.self) else { return }
        var use = try use(of: hold)
        use.held -= hold.remainder
        write(.voucher(hold.hash), use)
        try credit(hold.payer, hold.remainder)
        hold.amount = hold.spent
        write(.hold(device, chain), hold)
    }

    private func use(of hold: Grant) throws(LedgerError) -> VoucherUse {
        let key = StateKey.voucher(hold.hash)
        guard let use = try read(key, as: VoucherUse.self), use.held >= hold.amount else {
            throw .corruptState(key: key.text, reason: "holds less than a connector's hold on it")
        }
        return use
    }

    /// Gives a hold's remainder back though its session never ended, or never began: anyone may, once the charger has had
    /// the grace time of a grant to deliver its records.
    mutating func releaseVoucher(device: DeviceID, chain: ChainNumber) throws(LedgerError) {
        guard let hold = try read(.hold(device, chain), as: Grant.self) else {
            throw .unknown(what: "a voucher at connector \(chain) of \(device)")
        }
        // The hold's expiry lies at most a grant's life behind a block's time: the sum fits.
        guard block.time.rawValue >= hold.expiry.rawValue + Grant.graceMilliseconds else {
            throw .notPermitted(
                what: "release",
                reason: "the charger may deliver its records until \(hold.expiry.rawValue + Grant.graceMilliseconds)")
        }
        try emptyHold(device, chain)
    }
}
