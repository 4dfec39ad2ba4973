import Ledger
import Quantities
import SignedRecords

extension Oracle {
    func session(_ id: SessionID, _ place: Place) throws(SoakBreach) -> OracleSession {
        guard let open = sessions[place], open.id == id else { throw SoakBreach("no such session is open") }
        return open
    }

    mutating func begin(_ begin: Begin, _ record: Record, _ place: Place, _ moment: Int64?) throws(SoakBreach) {
        guard sessions[place] == nil, let charger = chargers[place.device] else { throw SoakBreach("a second session") }
        try require(settled[begin.session] == nil, "a session begins again")
        var payer: AccountID?
        var canPay = false
        if let grant = grants[place], grant.name == begin.grant {
            payer = grant.payer
            canPay =
                grant.left > 0 && grant.delivered != grant.limit
                && (time < grant.expiry || (moment ?? .max) < grant.expiry)
        } else if let hold = holds[place], hold.name == begin.grant {
            payer = hold.payer
            canPay = hold.left > 0
        } else {
            payer = balances.keys.first { begin.isPaid(by: $0) }
            tally.unpaidBegins += 1
        }
        guard let payer, begin.isPaid(by: payer) else { throw SoakBreach("on nobody's money") }
        var isKept = false
        if let moment, payer != charger.owner { isKept = kept(place, from: payer, at: moment) != nil }
        if isKept { tally.keptFromOthers += 1 }
        try arrive(payer, place, moment ?? time)
        let register = begin.reading.import.rawValue
        let isSetBack = lastRegister[place].map { register < $0 } ?? false
        if isSetBack { tally.registersSetBack += 1 }
        sessions[place] = OracleSession(
            id: begin.session, grant: begin.grant, payer: payer, tariff: begin.tariff,
            funded: canPay && !charger.isFrozen && !isKept && !isSetBack, rate: commission,
            beginSequence: record.sequence,
            earliest: 0, beganAt: register, newest: moment)
        tally.begun += 1
    }

    mutating func count(_ open: inout OracleSession, to register: Int64, stating stated: Int64? = nil)
        throws(SoakBreach)
    {
        let energy = register + open.carried - open.beganAt
        try require(energy >= open.energy, "energy falls from \(open.energy) to \(energy)")
        try require(stated == nil || stated == energy, "states \(stated ?? 0), the register says \(energy)")
        open.energy = energy
    }

    /// What a session owes at a record, and who gets it.
    mutating func settle(_ open: inout OracleSession, _ place: Place, _ moment: Int64?) throws(SoakBreach) {
        guard let tariff = tariffs[open.tariff], let charger = chargers[place.device] else {
            throw SoakBreach("no such tariff")
        }
        let isHold = holds[place]?.name == open.grant && grants[place]?.name != open.grant
        var source = open.funded ? (isHold ? holds[place] : grants[place]) : nil
        if source?.name != open.grant { source = nil }
        var step = open.energy - open.counted
        if let source, let limit = source.limit { step = min(step, limit - source.delivered) }
        open.product += Int128(step) * Int128(tariff.price(at: moment))
        open.counted += step
        if !tariff.isPlain {
            if let newest = open.newest, let moment {
                open.milliseconds += max(0, moment - newest)
                open.newest = max(newest, moment)
            } else {
                open.newest = moment
            }
        }
        guard var grant = source else { return }
        if grant.limit != nil { grant.delivered += step }
        let cost =
            open.counted == 0
            ? 0
            : open.product / 1_000_000 + Int128(open.milliseconds) * Int128(tariff.hourlyFee) / 3_600_000
                + Int128(tariff.sessionFee)
        let paid = Int64(min(Int128(grant.left + open.paid), cost))
        let share = Int64(Int128(paid) * Int128(open.rate) / 10_000)
        let due = paid - open.paid
        try require(due >= 0, "a payment goes back by \(-due)")
        grant.spent += due
        if due > 0 {
            try take(due, from: grant.name)
            try noteKilowattHours(open, place)
        }
        try pay(charger.owner, due - (share - open.commission))
        try pay(platform, share - open.commission)
        open.credited += due
        open.paid = paid
        open.commission = share
        if isHold { holds[place] = grant } else { grants[place] = grant }
    }

    /// Where a session leaves the register; one that was set back moves the mark up alone.
    mutating func leave(_ place: Place, _ open: OracleSession, _ now: Int64) {
        let known = lastRegister[place] ?? 0
        lastRegister[place] = open.beganAt < known ? max(known, now) : now
    }

    /// What was paid for once lies below what is paid for now, on one meter.
    private mutating func noteKilowattHours(_ open: OracleSession, _ place: Place) throws(SoakBreach) {
        let begin = open.beganAt
        if let upTo = paidUpTo[place], begin < upTo.register, upTo.session != open.id {
            throw SoakBreach("register \(begin) paid again, it was paid up to \(upTo.register)")
        }
        paidUpTo[place] = (open.id, begin + open.energy - open.carried)
    }

    // MARK: Reservations

    private mutating func arrive(_ payer: AccountID, _ place: Place, _ moment: Int64) throws(SoakBreach) {
        guard var list = reservations[place],
            let index = list.firstIndex(where: {
                $0.user == payer && !$0.hasCome && $0.from - 900_000 <= moment && moment < $0.until
            })
        else { return }
        try payDeposit(list[index], to: nil)
        list[index].deposit = 0
        list[index].hasCome = true
        reservations[place] = list
        tally.arrivals += 1
    }

    mutating func depart(_ open: OracleSession, _ place: Place, _ moment: Int64?) throws(SoakBreach) {
        reservations[place]?.removeAll { $0.user == open.payer && $0.hasCome }
        let end = moment ?? time
        try giveBack(place) { $0.from <= end && open.earliest < $0.kept }
    }
}
