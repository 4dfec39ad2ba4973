internal import Quantities
internal import SignedRecords

// A reservation's deposit is in escrow with it until its user comes (then it goes back), cancels in time (back), does not come
// (to the charger's owner, less commission), or could not have come because of the charger (back). Nothing happens by itself:
// whoever reserves next, or anyone who asks, settles what is over.

extension Transition {
    mutating func reserve(
        _ device: DeviceID, _ chain: ChainNumber, from: UTCMilliseconds, until: UTCMilliseconds, deposit: Microunits,
        _ hash: GrantHash, user: AccountID
    ) throws(LedgerError) {
        let charger = try connector(device, chain)
        guard !charger.bench, !charger.isFrozen else {
            throw .notPermitted(
                what: "reservation", reason: "charger \(device) is \(charger.bench ? "a bench device" : "frozen")")
        }
        let sharing = try read(.sharing(device), as: Sharing.self)
        let terms = sharing ?? .publicCharger
        guard deposit == terms.deposit else {
            throw .refused(
                what: "deposit", expected: "the owner's, \(terms.deposit.rawValue) microunits",
                found: "\(deposit.rawValue)")
        }
        try checkTimes(from, until)
        if user != charger.owner { try checkHours(from, until, sharing, device, chain) }
        var reservations = try reservations(device, chain)
        for over in reservations.list {
            _ = try settle(over, in: &reservations, charger, device, chain)
        }
        if let other = reservations.overlapping(from: from, until: until) {
            throw .exists(
                what: "a reservation of connector \(chain) from \(other.from.rawValue) to \(other.until.rawValue)")
        }
        guard reservations.list.count < Reservations.maximumCount else {
            throw .refused(
                what: "reservations", expected: "at most \(Reservations.maximumCount) at a connector",
                found: "\(reservations.list.count + 1)")
        }
        if deposit > .zero { try debit(user, deposit) }
        reservations.insert(
            Reservation(
                hash: hash, user: user, from: from, until: until, deposit: deposit,
                keptUntil: min(until, UTCMilliseconds(from.rawValue + terms.noShowMinutes * 60_000))))
        try write(reservations, device, chain)
    }

    private func checkTimes(_ from: UTCMilliseconds, _ until: UTCMilliseconds) throws(LedgerError) {
        let lead = from.rawValue - block.time.rawValue
        guard (Reservation.minimumLead...Reservation.maximumLead).contains(lead) else {
            throw .refused(
                what: "reservation", expected: "\(Reservation.minimumLead) to \(Reservation.maximumLead) ms ahead",
                found: "\(lead)")
        }
        let duration = until.rawValue - from.rawValue
        guard (Reservation.minimumDuration...Reservation.maximumDuration).contains(duration) else {
            throw .refused(
                what: "reservation",
                expected: "\(Reservation.minimumDuration) to \(Reservation.maximumDuration) ms long",
                found: "\(duration)")
        }
    }

    /// A guest's time lies within one of the owner's hours, and not before the owner lets the connector go.
    private func checkHours(
        _ from: UTCMilliseconds, _ until: UTCMilliseconds, _ sharing: Sharing?, _ device: DeviceID, _ chain: ChainNumber
    ) throws(LedgerError) {
        if let claim = try read(.claim(device, chain), as: OwnerClaim.self), from < claim.until {
            throw .notPermitted(what: "reservation", reason: "the owner has it until \(claim.until.rawValue)")
        }
        guard let sharing else { return }
        let end = sharing.windows.end(after: from, in: sharing.week)
        guard end == nil || end! >= until, end != from else {
            throw .refused(
                what: "reservation", expected: "a time within the hours in which the owner shares the charger",
                found: "\(from.rawValue) to \(until.rawValue)")
        }
    }

    // MARK: Who comes

    /// A session begins: whoever reserved the connector for now has come, and gets the deposit back.
    mutating func noteArrival(
        of payer: AccountID, _ record: Record, at moment: UTCMilliseconds
    ) throws(LedgerError) {
        var reservations = try reservations(record.device, record.chain)
        guard
            var own = reservations.list.first(where: {
                $0.user == payer && !$0.hasCome && $0.from.rawValue - Reservation.earliness <= moment.rawValue
                    && moment < $0.until
            })
        else { return }
        try credit(own.user, own.deposit)
        own.deposit = .zero
        own.hasCome = true
        reservations.replace(own)
        try write(reservations, record.device, record.chain)
    }

    /// A session ended: who came and left needs the connector no longer.
    mutating func noteDeparture(of payer: AccountID, _ record: Record) throws(LedgerError) {
        var reservations = try reservations(record.device, record.chain)
        guard let own = reservations.list.first(where: { $0.user == payer && $0.hasCome }) else { return }
        reservations.remove(own.hash)
        try write(reservations, record.device, record.chain)
    }

    // MARK: Who does not

    mutating func settleReservation(
        _ hash: GrantHash, _ device: DeviceID, _ chain: ChainNumber, sender: AccountID
    ) throws(LedgerError) {
        let charger = try connector(device, chain)
        var reservations = try reservations(device, chain)
        guard let reservation = reservations.list.first(where: { $0.hash == hash }) else {
            throw .unknown(what: "reservation \(hash) of connector \(chain) of \(device)")
        }
        let notice = (try read(.sharing(device), as: Sharing.self) ?? .publicCharger).noticeMinutes * 60_000
        if sender == reservation.user, !reservation.hasCome,
            block.time.rawValue + notice < reservation.from.rawValue
        {
            try credit(reservation.user, reservation.deposit)
            reservations.remove(hash)
        } else if try !settle(reservation, in: &reservations, charger, device, chain) {
            throw .notPermitted(
                what: "reservation",
                reason: "it is over at \(endOfDelivery(reservation).rawValue); its user may cancel it until "
                    + "\(reservation.from.rawValue - notice)")
        }
        try write(reservations, device, chain)
    }

    /// When it is certain that the user has not come, or has gone.
    private func endOfDelivery(_ reservation: Reservation) -> UTCMilliseconds {
        let end = reservation.hasCome ? reservation.until : reservation.keptUntil
        return UTCMilliseconds(end.rawValue + Reservation.deliveryGrace)
    }

    /// Ends a reservation that is over; false where it is not.
    private mutating func settle(
        _ reservation: Reservation, in reservations: inout Reservations, _ charger: ChargerRegistration,
        _ device: DeviceID, _ chain: ChainNumber
    ) throws(LedgerError) -> Bool {
        guard block.time >= endOfDelivery(reservation) else { return false }
        reservations.remove(reservation.hash)
        guard reservation.deposit > .zero else { return true }
        if try wasBlocked(reservation, charger, device, chain) {
            try credit(reservation.user, reservation.deposit)
        } else {
            guard let share = parameters.commission.shareIfValid(of: reservation.deposit) else {
                invariantBroken("parameters hold a valid commission")
            }
            try credit(charger.owner, reservation.deposit - share)
            try credit(parameters.platform, share)
        }
        return true
    }

    /// Whether the charger, and not its user, kept a reservation from being used: a fault stood, the key is not believed, the
    /// owner had it, or another's session was still open.
    private func wasBlocked(
        _ reservation: Reservation, _ charger: ChargerRegistration, _ device: DeviceID, _ chain: ChainNumber
    ) throws(LedgerError) -> Bool {
        if charger.isFrozen { return true }
        if let claim = try read(.claim(device, chain), as: OwnerClaim.self), claim.until > reservation.from {
            return true
        }
        for place in [chain, .device] {
            if let availability = try read(.availability(device, place), as: Availability.self),
                availability.isFaulted, availability.since < reservation.keptUntil
            {
                return true
            }
        }
        return try read(.open(device, chain), as: OpenSession.self).map { $0.payer != reservation.user } ?? false
    }
}
