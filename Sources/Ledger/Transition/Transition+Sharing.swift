internal import Quantities
internal import SignedRecords

// Whose turn it is at a connector: the owner before everyone, who reserved it before whoever comes by, guests in the owner's
// hours. The charger enforces it, by proofs; the ledger refuses grants that could not be used, and pays no session that a
// charger begins against a reservation.

extension Transition {
    mutating func share(_ device: DeviceID, _ sharing: Sharing?, sender: AccountID) throws(LedgerError) {
        try requireOwner(of: device, is: sender, what: "sharing")
        // Reservations that stand keep the terms that they were made on.
        state.write(.sharing(device), sharing?.encoded())
        try noteAccess(of: device)
    }

    /// Tells the charger, by its registration, that who may use it has changed.
    private mutating func noteAccess(of device: DeviceID) throws(LedgerError) {
        var charger = try charger(device)
        charger.accessRevision += 1
        write(.charger(device), charger)
    }

    /// The owner's priority: guests' sessions end by the charger's hand, and reservations that begin before `until` are given
    /// back.
    mutating func claim(
        _ device: DeviceID, _ chain: ChainNumber, until: UTCMilliseconds, sender: AccountID
    ) throws(LedgerError) {
        _ = try connector(device, chain)
        try requireOwner(of: device, is: sender, what: "claim")
        try noteAccess(of: device)
        guard until > block.time else { return state.write(.claim(device, chain), nil) }
        guard until.rawValue - block.time.rawValue <= OwnerClaim.maximumDuration else {
            throw .refused(
                what: "claim", expected: "at most \(OwnerClaim.maximumDuration) ms",
                found: "\(until.rawValue - block.time.rawValue)")
        }
        write(.claim(device, chain), OwnerClaim(until: until))
        var reservations = try reservations(device, chain)
        for reservation in reservations.list
        where reservation.from < until && !reservation.hasCome && reservation.user != sender {
            try credit(reservation.user, reservation.deposit)
            reservations.remove(reservation.hash)
        }
        try write(reservations, device, chain)
    }

    /// Refuses a grant for a connector that is the owner's or somebody else's now.
    func requireFree(
        _ device: DeviceID, _ chain: ChainNumber, for user: AccountID, owner: AccountID
    ) throws(LedgerError) {
        guard user != owner else { return }
        if let claim = try read(.claim(device, chain), as: OwnerClaim.self), claim.until > block.time {
            throw .notPermitted(
                what: "grant", reason: "the owner has connector \(chain) until \(claim.until.rawValue)")
        }
        if let other = try reservations(device, chain).keptFromOthers(than: user, at: block.time) {
            throw .notPermitted(
                what: "grant", reason: "connector \(chain) is reserved until \(other.until.rawValue)")
        }
    }

    /// Whether a connector is kept for one account, so that another's unused grant must make room: the owner who claimed it,
    /// before who reserved it for now.
    func hasPriority(
        _ user: AccountID, over other: AccountID, _ device: DeviceID, _ chain: ChainNumber, owner: AccountID
    ) throws(LedgerError) -> Bool {
        guard user != other, other != owner else { return false }
        if user == owner, let claim = try read(.claim(device, chain), as: OwnerClaim.self), claim.until > block.time {
            return true
        }
        return try reservations(device, chain).keptFromOthers(than: other, at: block.time)?.user == user
    }

    func requireOwner(of device: DeviceID, is sender: AccountID, what: String) throws(LedgerError) {
        guard try charger(device).owner == sender else {
            throw .notPermitted(what: "\(what) of \(device)", reason: "only the owner sets it")
        }
    }

    func reservations(_ device: DeviceID, _ chain: ChainNumber) throws(LedgerError) -> Reservations {
        try read(.reservations(device, chain), as: Reservations.self) ?? Reservations()
    }

    mutating func write(_ reservations: Reservations, _ device: DeviceID, _ chain: ChainNumber) throws(LedgerError) {
        state.write(.reservations(device, chain), reservations.list.isEmpty ? nil : reservations.encoded())
        try noteAccess(of: device)
    }

    // MARK: Refunds

    /// The owner gives back some of what a session paid. The platform's part stays with the platform.
    mutating func refund(
        _ device: DeviceID, _ session: SessionID, to payer: AccountID, _ amount: Microunits, sender: AccountID
    ) throws(LedgerError) {
        guard let settlement = try read(.session(device, session), as: SessionSettlement.self) else {
            throw .unknown(what: "settlement of session \(session) of \(device)")
        }
        guard settlement.owner == sender else {
            throw .notPermitted(what: "refund", reason: "only who was paid gives money back")
        }
        guard settlement.payer == PayerHash.derive(account: payer, session: session) else {
            throw .refused(what: "payer", expected: "the account that paid the session", found: "\(payer)")
        }
        let before = try read(.refund(device, session), as: Refund.self)?.total ?? .zero
        guard let total = before.addingIfFits(amount), total <= settlement.paid else {
            throw .refused(
                what: "refund", expected: "at most \((settlement.paid - before).rawValue) microunits",
                found: "\(amount.rawValue)")
        }
        try debit(sender, amount)
        try credit(payer, amount)
        write(.refund(device, session), Refund(total: total))
    }
}
