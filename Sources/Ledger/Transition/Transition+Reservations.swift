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
                keptUntil: min(until, UTCMilliseconds(from.rawValue + terms.noShowMinutes * 60_000)),
                cancelledUntil: UTCMilliseconds(from.rawValue - terms.noticeMinutes * 60_000)))
        write(reservations, device, chain)
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
        guard end.map({ $0 >= until }) ?? true, end != from else {
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
        write(reservations, record.device, record.chain)
    }

    /// A session ended: who came and left needs the connector no longer. Whoever it kept from coming has the deposit back; the
    /// connector stays kept.
    mutating func noteDeparture(
        of open: OpenSession, _ record: Record, at moment: UTCMilliseconds?
    ) throws(LedgerError) {
        var reservations = try reservations(record.device, record.chain)
        guard !reservations.list.isEmpty else { return }
        let end = moment ?? block.time
        let begin = try beginOf(open, record.device, record.chain)
        for reservation in reservations.list {
            if reservation.user == open.payer, reservation.hasCome {
                reservations.remove(reservation.hash)
            } else if reservation.from <= end, begin < reservation.keptUntil {
                // Also who charged on from one's own reservation before.
                try giveBack(reservation, in: &reservations)
            }
        }
        write(reservations, record.device, record.chain)
    }

    /// A fault that stood since a moment is over, or another joins it: who could not come for it has the deposit back.
    mutating func noteFaulted(
        since: UTCMilliseconds, _ device: DeviceID, _ place: ChainNumber
    ) throws(LedgerError) {
        let connectors = try charger(device).connectors
        let chains = place == .device ? (1...max(1, connectors)).map { ChainNumber.connector($0) } : [place]
        for chain in chains {
            var reservations = try reservations(device, chain)
            guard !reservations.list.isEmpty else { continue }
            for reservation in reservations.list
            where reservation.from <= block.time && since < reservation.keptUntil {
                try giveBack(reservation, in: &reservations)
            }
            write(reservations, device, chain)
        }
    }

    private mutating func giveBack(
        _ reservation: Reservation, in reservations: inout Reservations
    ) throws(LedgerError) {
        guard reservation.deposit > .zero else { return }
        try credit(reservation.user, reservation.deposit)
        var free = reservation
        free.deposit = .zero
        reservations.replace(free)
    }

    /// The earliest moment at which an open session can have begun.
    private func beginOf(
        _ open: OpenSession, _ device: DeviceID, _ chain: ChainNumber
    ) throws(LedgerError) -> UTCMilliseconds {
        try acceptedRecord(device, chain, open.beginSequence).notBefore
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
        if sender == reservation.user, !reservation.hasCome, block.time < reservation.cancelledUntil {
            try credit(reservation.user, reservation.deposit)
            reservations.remove(hash)
        } else if try !settle(reservation, in: &reservations, charger, device, chain) {
            throw .notPermitted(
                what: "reservation",
                reason: "it is over at \(endOfDelivery(reservation).rawValue); its user may cancel it until "
                    + "\(reservation.cancelledUntil.rawValue)")
        }
        write(reservations, device, chain)
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
        guard let open = try read(.open(device, chain), as: OpenSession.self), open.payer != reservation.user else {
            return false
        }
        // Who came by when the reservation was over kept nobody from it.
        return try beginOf(open, device, chain) < reservation.keptUntil
    }
}
