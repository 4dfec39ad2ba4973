import Ledger
import Quantities
import SignedRecords

extension Oracle {
    mutating func take(
        _ signed: SignedTransaction, _ result: TransactionResult, _ writes: [StateWrite], _ before: SoakState
    ) throws(SoakBreach) {
        let sender = signed.sender
        let kind = signed.body.kind
        guard result.code == 0 else {
            tally.refused[kind, default: 0] += 1
            guard !writes.isEmpty else {
                return try require(
                    result.code <= 3 || result.code >= 100, "\(kind) refused with \(result.code), nonce unused")
            }
            try require(signed.nonce == nonces[sender, default: 0], "nonce \(signed.nonce) used out of turn")
            nonces[sender] = signed.nonce + 1
            try require(writes.count == 1 && writes[0].key == .account(sender), "\(kind): a refusal wrote more")
            return
        }
        try require(signed.nonce == nonces[sender, default: 0], "nonce \(signed.nonce) accepted out of turn")
        nonces[sender] = signed.nonce + 1
        tally.kinds[kind, default: 0] += 1
        do throws(SoakBreach) { try perform(signed, writes) } catch { throw SoakBreach("\(kind): \(error.words)") }
    }

    private mutating func perform(_ signed: SignedTransaction, _ writes: [StateWrite]) throws(SoakBreach) {
        let sender = signed.sender
        let name = GrantHash(exactly: signed.hash)
        switch signed.body {
        case .transfer(let to, let amount):
            try pay(sender, -amount.rawValue)
            try pay(to, amount.rawValue)
        case .publishTariff(let tariff): tariffs[tariff.hash] = OracleTariff(tariff)
        case .registerCharger(let message, let tariff): try register([message], tariff, sender)
        case .registerMoved(let moved, let tariff):
            let opens = stride(from: 1, to: moved.connectors.count, by: 2).map { moved.connectors[$0] }
            try register([moved.identity[0], moved.identity[moved.identity.count - 1]] + opens, tariff, sender)
        case .setTariff(let device, let tariff):
            try require(chargers[device]?.owner == sender, "a tariff by another than the owner")
            chargers[device]?.tariff = tariff
        case .grant(let device, let chain, let amount, let tariff, let expiry, let limit):
            try setAside(
                OracleGrant(
                    name: name, payer: sender, amount: amount.rawValue, tariff: tariff, expiry: expiry.rawValue,
                    limit: limit?.rawValue), Place(device: device, chain: chain))
            try pay(sender, -amount.rawValue)
        case .releaseGrant(let device, let chain):
            let place = Place(device: device, chain: chain)
            guard let grant = grants[place] else { throw SoakBreach("nothing to release") }
            if sessions[place] != nil {
                try require(time >= grant.expiry + 14 * 86_400_000, "released under an open session")
            }
            try endGrant(place)
        case .releaseVoucher(let device, let chain):
            let place = Place(device: device, chain: chain)
            guard let hold = holds[place], time >= hold.expiry + 14 * 86_400_000 else {
                throw SoakBreach("released too early")
            }
            try emptyHold(place)
        case .reportFraud(let one, _):
            guard let device = (try? SignedRecord(decoding: one))?.record.device else { throw SoakBreach("no record") }
            try freeze(device)
        case .refund(let device, let session, let payer, let amount):
            guard let settlement = settled[session], settlement.place.device == device else {
                throw SoakBreach("no such session")
            }
            refunds[session, default: 0] += amount.rawValue
            try require(refunds[session, default: 0] <= settlement.paid, "more given back than was paid")
            try pay(sender, -amount.rawValue)
            try pay(payer, amount.rawValue)
        case .vote(let proposal):
            guard writes.contains(where: { $0.key == .votes(proposal.hash) && $0.value == nil }) else { return }
            guard let rules = proposal.parameters else { return }
            tally.ruleChanges += 1
            commission = Int64(rules.commission.rawValue)
            tolerance = rules.toleranceMilliseconds
            platform = rules.platform
        case .registerOperator, .registerUser, .describe, .releaseFirmware: break
        default: try performSharing(signed, name)
        }
    }

    private mutating func performSharing(_ signed: SignedTransaction, _ name: GrantHash) throws(SoakBreach) {
        let sender = signed.sender
        switch signed.body {
        case .allow(_, _, let amount, _, _):
            try pay(sender, -amount.rawValue)
            allowances[name] = (sender, amount.rawValue)
            put(amount.rawValue, under: name)
        case .draw(let allowance, let device, let chain, let amount, let tariff, let expiry, let limit):
            guard let payer = allowances[allowance]?.payer else { throw SoakBreach("no such allowance") }
            let place = Place(device: device, chain: chain)
            try endGrant(place)
            try take(amount.rawValue, from: allowance)
            allowances[allowance]?.left -= amount.rawValue
            try require(allowances[allowance, default: (payer, -1)].left >= 0, "an allowance is overdrawn")
            try setAside(
                OracleGrant(
                    name: name, payer: payer, amount: amount.rawValue, tariff: tariff, expiry: expiry.rawValue,
                    limit: limit?.rawValue, allowance: allowance), place)
        case .releaseAllowance(let allowance):
            guard let gone = allowances.removeValue(forKey: allowance) else { throw SoakBreach("no such allowance") }
            try take(gone.left, from: allowance)
            try pay(gone.payer, gone.left)
        case .share(let device, let sharing):
            chargers[device]?.deposit = sharing?.deposit.rawValue ?? 0
            chargers[device]?.keptMinutes = sharing?.noShowMinutes ?? 15
            chargers[device]?.noticeMinutes = sharing?.noticeMinutes ?? 0
        case .claim(let device, let chain, let until):
            let place = Place(device: device, chain: chain)
            try require(chargers[device]?.owner == sender, "a claim by another than the owner")
            guard until.rawValue > time else {
                claims[place] = nil
                return
            }
            claims[place] = until.rawValue
            let isMeant = { (one: OracleReservation) in
                one.from < until.rawValue && !one.hasCome && one.user != sender
            }
            try giveBack(place, where: isMeant)
            reservations[place]?.removeAll(where: isMeant)
        case .reserve(let device, let chain, let from, let until, let deposit):
            let place = Place(device: device, chain: chain)
            guard let charger = chargers[device] else { throw SoakBreach("no such charger") }
            for over in reservations[place] ?? [] where isOver(over) { try settle(over, place) }
            try pay(sender, -deposit.rawValue)
            deposits[name] = (deposit.rawValue, 0)
            try require(deposit.rawValue == charger.deposit, "a deposit of \(deposit.rawValue)")
            let reservation = OracleReservation(
                name: name, user: sender, from: from.rawValue, until: until.rawValue, deposit: deposit.rawValue,
                kept: min(until.rawValue, from.rawValue + charger.keptMinutes * 60_000),
                cancelled: from.rawValue - charger.noticeMinutes * 60_000)
            for other in reservations[place] ?? [] {
                try require(other.until <= from.rawValue || until.rawValue <= other.from, "reserved twice")
            }
            reservations[place, default: []].append(reservation)
            reservations[place]?.sort { $0.from < $1.from }
        case .settleReservation(let device, let chain, let reservation):
            let place = Place(device: device, chain: chain)
            guard let one = reservations[place]?.first(where: { $0.name == reservation }) else {
                throw SoakBreach("no such reservation")
            }
            if sender == one.user, !one.hasCome, time < one.cancelled {
                try payDeposit(one, to: nil)
                reservations[place]?.removeAll { $0.name == reservation }
                tally.cancelled += 1
            } else {
                try require(isOver(one), "settled before it was over")
                try settle(one, place)
            }
        default: break
        }
    }

    private mutating func setAside(_ grant: OracleGrant, _ place: Place) throws(SoakBreach) {
        if let standing = grants[place] {
            try require(sessions[place] == nil, "a grant pushed out one that a session uses")
            let isLive = standing.expiry > time && standing.left > 0 && standing.delivered != standing.limit
            let isOvertaken = kept(place, from: standing.payer, at: time)?.user == grant.payer
            let isClaimed = chargers[place.device]?.owner == grant.payer && claims[place, default: 0] > time
            try require(!isLive || isOvertaken || isClaimed, "a grant pushed out one that stands")
        }
        try endGrant(place)
        guard let charger = chargers[place.device] else { throw SoakBreach("no such charger") }
        try require(!charger.isFrozen && !charger.bench, "a grant at a charger that is not believed")
        if grant.payer != charger.owner {
            try require(kept(place, from: grant.payer, at: time) == nil, "a grant where another reserved")
            try require(claims[place, default: 0] <= time, "a grant where the owner claims")
        }
        put(grant.amount, under: grant.name)
        grants[place] = grant
    }

    private mutating func register(
        _ messages: [[UInt8]], _ tariff: TariffHash, _ sender: AccountID
    ) throws(SoakBreach) {
        guard let records = try? messages.map({ try SignedRecord(decoding: $0) }),
            case .genesis(let genesis)? = records.first?.record.body
        else { throw SoakBreach("no genesis") }
        let device = DeviceID(hashing: genesis.ed25519PublicKey)
        try require(genesis.owner == sender && chargers[device] == nil, "registered by another, or twice")
        chargers[device] = OracleCharger(
            owner: sender, genesis: records[0].hash, connectors: UInt32(genesis.connectors), bench: genesis.bench,
            tariff: tariff)
        genesisNotBefore[device] = time - tolerance
        for signed in records.count == 1 ? records : Array(records.dropFirst()) {
            let place = Place(device: device, chain: signed.record.chain)
            heads[place] = OracleHead(
                sequence: signed.record.sequence, hash: signed.hash, notBefore: time - tolerance)
            accepted[place, default: [:]][signed.record.sequence] = signed.hash
        }
    }

    // MARK: Reservations that are over

    private func isOver(_ one: OracleReservation) -> Bool {
        time >= (one.hasCome ? one.until : one.kept) + 3_600_000
    }

    private mutating func settle(_ one: OracleReservation, _ place: Place) throws(SoakBreach) {
        guard let charger = chargers[place.device] else { throw SoakBreach("no such charger") }
        reservations[place]?.removeAll { $0.name == one.name }
        var isBlocked = charger.isFrozen || claims[place, default: 0] > one.from
        for chain in [place.chain, .device] {
            if let known = faults[Place(device: place.device, chain: chain)], !known.codes.isEmpty,
                known.since < one.kept
            {
                isBlocked = true
            }
        }
        if let open = sessions[place], open.payer != one.user, open.earliest < one.kept { isBlocked = true }
        if one.deposit > 0, isBlocked { tally.blocked += 1 }
        try payDeposit(one, to: isBlocked ? nil : charger.owner)
    }
}
