internal import Quantities
internal import SignedRecords

/// What a grant from an allowance is to be.
struct Draw {
    let allowance: GrantHash
    let device: DeviceID
    let chain: ChainNumber
    let amount: Microunits
    let tariff: TariffHash
    let expiry: UTCMilliseconds
    let energyLimit: MilliwattHours?
}

// An allowance's money is in one place at a time: in the allowance, in a grant that was drawn from it, or back with its payer.

extension Transition {
    /// Sets an allowance's amount aside.
    mutating func allow(_ allowance: Allowance, _ hash: GrantHash) throws(LedgerError) {
        guard allowance.amount >= parameters.minimumGrant else {
            throw .refused(
                what: "amount", expected: "at least \(parameters.minimumGrant.rawValue) microunits",
                found: "\(allowance.amount.rawValue)")
        }
        let latest = UTCMilliseconds(block.time.rawValue + Allowance.maximumLifetimeMilliseconds)
        guard allowance.expiry > block.time, allowance.expiry <= latest else {
            throw .refused(
                what: "expiry", expected: "after \(block.time.rawValue) and at most \(latest.rawValue)",
                found: "\(allowance.expiry.rawValue)")
        }
        try debit(allowance.payer, allowance.amount)
        write(.allowance(hash), allowance)
    }

    /// Makes a grant from an allowance. The bearer chooses the charger; the payer has bounded what that may cost.
    mutating func draw(_ draw: Draw, _ hash: GrantHash, sender: AccountID) throws(LedgerError) {
        var allowance = try standing(draw.allowance)
        guard sender == allowance.payer || sender == allowance.bearer else {
            throw .notPermitted(what: "draw", reason: "only the payer and the bearer draw on an allowance")
        }
        guard block.time < allowance.expiry, draw.expiry <= allowance.expiry else {
            throw .refused(
                what: "expiry", expected: "at most the allowance's, \(allowance.expiry.rawValue)",
                found: "\(draw.expiry.rawValue)")
        }
        if let expected = allowance.operatedBy {
            guard let site = try read(.site(draw.device), as: Site.self), site.operatedBy == expected else {
                throw .refused(
                    what: "charger", expected: "one of operator \(expected)", found: "\(draw.device)")
            }
        }
        try requireTariff(draw.tariff)
        let tariff = try tariff(draw.tariff)
        guard tariff.highestPrice <= allowance.highestPrice, tariff.hasNoFees else {
            throw .refused(
                what: "tariff", expected: "at most \(allowance.highestPrice.rawValue) microunits a kWh, without fees",
                found: "up to \(tariff.highestPrice.rawValue)\(tariff.hasNoFees ? "" : " and fees")")
        }
        let grant = Grant(
            hash: hash, payer: allowance.payer, amount: draw.amount, spent: .zero, tariff: draw.tariff,
            expiry: draw.expiry, energyLimit: draw.energyLimit, allowance: draw.allowance)
        try makeGrant(grant, device: draw.device, chain: draw.chain)
        // A grant that made room may have gone back to this very allowance.
        allowance = try standing(draw.allowance)
        guard allowance.amount >= draw.amount else {
            throw .insufficientFunds(needed: draw.amount, available: allowance.amount)
        }
        allowance.amount -= draw.amount
        write(.allowance(draw.allowance), allowance)
    }

    /// Gives back what an allowance has left: at the payer's word at any time, at anyone's from its expiry on. A grant that was
    /// drawn from it stands, and its remainder goes to the payer.
    mutating func releaseAllowance(_ hash: GrantHash, sender: AccountID) throws(LedgerError) {
        let allowance = try standing(hash)
        guard sender == allowance.payer || block.time >= allowance.expiry else {
            throw .notPermitted(
                what: "release",
                reason: "only the payer releases an allowance before it expires at \(allowance.expiry.rawValue)")
        }
        try credit(allowance.payer, allowance.amount)
        state.write(.allowance(hash), nil)
    }

    /// Whether an account may draw on the allowance that a grant came from: who made the grant may release it.
    func isBearer(_ account: AccountID, of grant: Grant) throws(LedgerError) -> Bool {
        guard let hash = grant.allowance else { return false }
        return try read(.allowance(hash), as: Allowance.self)?.bearer == account
    }

    private func standing(_ hash: GrantHash) throws(LedgerError) -> Allowance {
        guard let allowance = try read(.allowance(hash), as: Allowance.self) else {
            throw .unknown(what: "allowance \(hash)")
        }
        return allowance
    }
}
