internal import Quantities
internal import SignedRecords

extension Transition {
    /// Puts a grant at a connector, with money that the caller takes from its source.
    mutating func makeGrant(_ grant: Grant, device: DeviceID, chain: ChainNumber) throws(LedgerError) {
        let charger = try connector(device, chain)
        guard !charger.bench else {
            throw .notPermitted(what: "grant", reason: "charger \(device) is a bench device")
        }
        guard !charger.isFrozen else {
            throw .notPermitted(
                what: "grant", reason: "charger \(device) is frozen: its key signed contradictory records")
        }
        try requireFree(device, chain, for: grant.payer, owner: charger.owner)
        guard grant.tariff == charger.tariff else {
            throw .refused(what: "tariff", expected: "the charger's, \(charger.tariff)", found: "\(grant.tariff)")
        }
        guard grant.amount >= parameters.minimumGrant else {
            throw .refused(
                what: "amount", expected: "at least \(parameters.minimumGrant.rawValue) microunits",
                found: "\(grant.amount.rawValue)")
        }
        // Block time is at most a few centuries after 1970: the sum fits.
        let latest = UTCMilliseconds(block.time.rawValue + Grant.maximumLifetimeMilliseconds)
        guard grant.expiry > block.time, grant.expiry <= latest else {
            throw .refused(
                what: "expiry", expected: "after \(block.time.rawValue) and at most \(latest.rawValue)",
                found: "\(grant.expiry.rawValue)")
        }
        if let standing = try read(.grant(device, chain), as: Grant.self) {
            let isUsed = try state.value(of: .open(device, chain)) != nil
            let isLive = standing.expiry > block.time && standing.canPay
            let gives = try hasPriority(grant.payer, over: standing.payer, device, chain, owner: charger.owner)
            guard !isUsed, !isLive || gives else {
                throw .exists(what: "a grant for connector \(chain) of \(device)")
            }
            try returnRemainder(of: standing, device: device, chain: chain)
        }
        write(.grant(device, chain), grant)
    }

    /// Gives a grant's remainder back: at the payer's word while no session is open, at anyone's from its expiry on. While
    /// a session is open the charger may only be out of reach, so its money stays for the grace time.
    mutating func releaseGrant(device: DeviceID, chain: ChainNumber, sender: AccountID) throws(LedgerError) {
        guard let grant = try read(.grant(device, chain), as: Grant.self) else {
            throw .unknown(what: "a grant for connector \(chain) of \(device)")
        }
        let hasExpired = block.time >= grant.expiry
        let isBearer = try isBearer(sender, of: grant)
        guard sender == grant.payer || isBearer || hasExpired else {
            throw .notPermitted(
                what: "release", reason: "only the payer releases a grant before it expires at \(grant.expiry.rawValue)"
            )
        }
        if try state.value(of: .open(device, chain)) != nil {
            let (end, overflow) = grant.expiry.rawValue.addingReportingOverflow(Grant.graceMilliseconds)
            guard !overflow, block.time.rawValue >= end else {
                throw .notPermitted(what: "release", reason: "a session is open on connector \(chain) of \(device)")
            }
        }
        try returnRemainder(of: grant, device: device, chain: chain)
    }

    /// Takes a grant from its connector: what it has left goes back to the allowance that it was drawn from, or where that is
    /// gone, to the payer.
    mutating func returnRemainder(of grant: Grant, device: DeviceID, chain: ChainNumber) throws(LedgerError) {
        if let hash = grant.allowance, var allowance = try read(.allowance(hash), as: Allowance.self) {
            allowance.amount += grant.remainder
            write(.allowance(hash), allowance)
        } else {
            try credit(grant.payer, grant.remainder)
        }
        state.write(.grant(device, chain), nil)
        write(.released(grant.hash), ReleasedGrant(grant, device: device, chain: chain))
    }

    /// The charger that has this connector.
    func connector(_ device: DeviceID, _ chain: ChainNumber) throws(LedgerError) -> ChargerRegistration {
        let charger = try charger(device)
        guard chain != .device, chain.rawValue <= charger.connectors else {
            throw .refused(what: "connector", expected: "1 to \(charger.connectors)", found: "\(chain)")
        }
        return charger
    }

    func charger(_ device: DeviceID) throws(LedgerError) -> ChargerRegistration {
        guard let charger = try readLasting(.charger(device), as: ChargerRegistration.self) else {
            throw .unknown(what: "charger \(device)")
        }
        return charger
    }
}
