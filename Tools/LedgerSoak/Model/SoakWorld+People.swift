import ChargerSamples
import Crypto
import Ledger
import Quantities
import RecordSamples
import SignedRecords

extension SoakWorld {
    mutating func act() throws {
        switch pick(100) {
        case 0...26: try chargerActs()
        case 27...50: try relay()
        case 51...60: try grant()
        case 61...64: try reserve()
        case 65...67: try settleReservation()
        case 68...70: try allow()
        case 71...72: try release()
        case 73...74: try transfer()
        case 75: try publishTariff()
        case 76: try own()
        case 77...78: try share()
        case 79...80: try refund()
        case 81: try directory()
        case 82: try govern()
        case 83...84: try replay()
        case 85...86: try noise()
        case 87...91: try lie()
        case 92: if oracle.chargers.count < 7 { try registerCharger(isHonest: random.oneIn(2)) }
        case 93: if oracle.chargers.count < 7, random.oneIn(2) { try registerMoved() }
        default: try chargerActs()
        }
    }

    mutating func user() -> Curve25519.Signing.PrivateKey { users[pick(users.count)] }

    /// Anyone who has a key: users, owners, members.
    mutating func anyone() -> Curve25519.Signing.PrivateKey {
        switch pick(4) {
        case 0: chargers[pick(chargers.count)].sample.ownerKey
        case 1: members[pick(members.count)]
        default: user()
        }
    }

    mutating func place() -> (charger: Int, chain: ChainNumber) {
        let index = pick(chargers.count)
        return (index, .connector(1 + UInt32(pick(Int(chargers[index].connectors)))))
    }

    /// Mostly a sum that people have; sometimes one that nobody has.
    mutating func amount(_ most: Int64) -> Microunits {
        Microunits(random.oneIn(40) ? Int64.max - pick64(3) : 1 + pick64(most))
    }

    private mutating func transfer() throws {
        try send(.transfer(to: SampleCharger.account(of: anyone()), amount: amount(900_000)), by: anyone())
    }

    mutating func publishTariff() throws {
        let owner = users[0]
        let price = PricePerKilowattHour(pick64(700_000))
        let isOld = random.oneIn(2)
        var windows: [Tariff.Window] = []
        if !isOld {
            for _ in 0..<pick(4) {
                let from = pick64(1_380)
                windows.append(
                    .init(
                        try WeeklyWindow(
                            days: UInt8(1 + pick(127)), from: from, to: from + 1 + pick64(1_440 - from)),
                        price: PricePerKilowattHour(pick64(900_000))))
            }
        }
        let hasFees = !isOld && random.oneIn(2)
        let tariff = try Tariff(
            name: "Tariff \(tariffs.count)", price: price, windows: windows,
            week: windows.isEmpty ? .utc : LocalWeek(offset: -720 + pick64(1_560)),
            hourlyFee: Microunits(hasFees ? pick64(200_000) : 0),
            sessionFee: Microunits(hasFees ? pick64(60_000) : 0),
            priceWithoutClock: isOld || random.oneIn(2) ? nil : PricePerKilowattHour(pick64(900_000)))
        tariffs.append(tariff)
        try send(.publishTariff(tariff), by: owner)
        if random.oneIn(3) { try send(.publishTariff(tariff), by: user()) }
    }

    private mutating func own() throws {
        let index = pick(chargers.count)
        let tariff = pick(tariffs.count)
        let key = random.oneIn(5) ? anyone() : chargers[index].sample.ownerKey
        if try send(.setTariff(device: chargers[index].device, tariff: tariffs[tariff].hash), by: key).result.code == 0
        {
            chargers[index].tariff = tariff
        }
    }

    // MARK: Money for charging

    private mutating func grant() throws {
        let (index, chain) = place()
        let tariff = random.oneIn(12) ? pick(tariffs.count) : chargers[index].tariff
        let limit = random.oneIn(4) ? MilliwattHours(1 + pick64(4_000_000)) : nil
        let lifetime = random.oneIn(20) ? pick64(20 * 86_400_000) : 1 + pick64(3 * 3_600_000)
        let expiry = UTCMilliseconds(time + lifetime)
        let device = chargers[index].device
        if random.oneIn(4), !allowances.isEmpty {
            let allowance = allowances[pick(allowances.count)]
            let key = random.oneIn(6) ? user() : users[random.oneIn(2) ? allowance.payer : allowance.bearer]
            try send(
                .draw(
                    allowance: allowance.name, device: device, chain: chain, amount: amount(900_000),
                    tariff: tariffs[tariff].hash, expiry: expiry, energyLimit: limit), by: key)
        } else {
            let body = TransactionBody.grant(
                device: device, chain: chain, amount: amount(1_500_000), tariff: tariffs[tariff].hash, expiry: expiry,
                energyLimit: limit)
            // Mostly whoever reserved it.
            let place = Place(device: device, chain: chain)
            let kept = oracle.reservations[place]?.first { $0.from - 900_000 <= time && time < $0.until }
            let comes = users.first { SampleCharger.account(of: $0) == kept?.user }
            try send(body, by: random.oneIn(10) ? chargers[index].sample.ownerKey : comes ?? user())
        }
    }

    private mutating func allow() throws {
        if random.oneIn(4), !allowances.isEmpty {
            let allowance = allowances[pick(allowances.count)]
            try send(.releaseAllowance(allowance.name), by: random.oneIn(2) ? user() : users[allowance.payer])
            return
        }
        let (payer, bearer) = (pick(users.count), pick(users.count))
        let operators: AccountID? = random.oneIn(3) ? SampleCharger.account(of: users[0]) : nil
        let (name, result) = try send(
            .allow(
                bearer: SampleCharger.account(of: users[bearer]), operatedBy: operators, amount: amount(4_000_000),
                highestPrice: PricePerKilowattHour(400_000 + pick64(500_000)),
                expiry: UTCMilliseconds(time + pick64(40 * 86_400_000))), by: users[payer])
        if result.code == 0 { allowances.append((name, payer, bearer)) }
    }

    private mutating func release() throws {
        let (index, chain) = place()
        let place = Place(device: chargers[index].device, chain: chain)
        if random.oneIn(2) {
            try send(.releaseVoucher(device: place.device, chain: chain), by: anyone())
        } else {
            let payer = users.first { SampleCharger.account(of: $0) == oracle.grants[place]?.payer }
            try send(.releaseGrant(device: place.device, chain: chain), by: payer ?? anyone())
        }
    }

    private mutating func refund() throws {
        guard let (id, settlement) = oracle.settled.randomElementByOrder(&random) else { return }
        guard let index = chargers.firstIndex(where: { $0.device == settlement.place.device }) else { return }
        let payer = payers[id] ?? SampleCharger.account(of: user())
        let most = max(1, settlement.paid)
        try send(
            .refund(
                device: settlement.place.device, session: id, payer: random.oneIn(8) ? AccountID(hashing: [9]) : payer,
                amount: amount(random.oneIn(2) ? most : 2 * most)),
            by: random.oneIn(8) ? anyone() : chargers[index].sample.ownerKey)
    }

    // MARK: Turns

    private mutating func share() throws {
        let (index, chain) = place()
        let device = chargers[index].device
        let key = random.oneIn(6) ? anyone() : chargers[index].sample.ownerKey
        guard random.oneIn(2) else {
            try send(
                .claim(device: device, chain: chain, until: UTCMilliseconds(time - 1 + pick64(26 * 3_600_000))), by: key
            )
            return
        }
        let window = try WeeklyWindow(days: UInt8(1 + pick(127)), from: 0, to: 1_440)
        let sharing = try Sharing(
            week: LocalWeek(offset: -720 + pick64(1_560)),
            windows: random.oneIn(5) ? [window] : [try WeeklyWindow(from: 0, to: 1_440)],
            deposit: Microunits(pick64(60_000)), noShowMinutes: 1 + pick64(240), noticeMinutes: pick64(300))
        try send(.share(device: device, random.oneIn(6) ? nil : sharing), by: key)
    }

    private mutating func reserve() throws {
        let (index, chain) = place()
        let device = chargers[index].device
        let deposit = random.oneIn(10) ? pick64(60_000) : oracle.chargers[device]?.deposit ?? 0
        let from = time + 60_000 + pick64(random.oneIn(3) ? 20 * 86_400_000 : 2 * 3_600_000)
        try send(
            .reserve(
                device: device, chain: chain, from: UTCMilliseconds(from),
                until: UTCMilliseconds(from + 600_000 + pick64(6 * 3_600_000)), deposit: Microunits(deposit)),
            by: random.oneIn(12) ? chargers[index].sample.ownerKey : user())
    }

    private mutating func settleReservation() throws {
        let all = chargers.flatMap { charger in
            (1...charger.connectors).flatMap { number -> [(Place, OracleReservation)] in
                let place = Place(device: charger.device, chain: .connector(number))
                return (oracle.reservations[place] ?? []).map { (place, $0) }
            }
        }
        guard !all.isEmpty else { return }
        let (place, one) = all[pick(all.count)]
        let own = users.first { SampleCharger.account(of: $0) == one.user }
        try send(
            .settleReservation(
                device: place.device, chain: place.chain,
                reservation: random.oneIn(12) ? GrantHash(hashing: [1]) : one.name),
            by: random.oneIn(2) ? own ?? anyone() : anyone())
    }

    // MARK: Who and what

    private mutating func directory() throws {
        switch pick(3) {
        case 0:
            try send(
                .registerOperator(try Operator(name: "Operator \(pick(9))", contact: "x")),
                by: random.oneIn(2) ? users[0] : anyone())
        case 1: try send(.registerUser, by: anyone())
        default:
            let index = pick(chargers.count)
            let count = Int(chargers[index].connectors) + (random.oneIn(4) ? 1 : 0)
            let connector = Site.Connector(socket: .type2Socket, current: Milliamps(32_000), phases: 3)
            let operatedBy: AccountID? = random.oneIn(2) ? SampleCharger.account(of: users[0]) : nil
            try send(
                .describe(
                    device: chargers[index].device,
                    try Site(
                        name: "Yard", latitude: 1, longitude: -1, operatedBy: operatedBy,
                        connectors: Array(repeating: connector, count: count))),
                by: random.oneIn(4) ? anyone() : chargers[index].sample.ownerKey)
        }
    }

    private mutating func govern() throws {
        if random.oneIn(2) {
            let number = pick(40)
            let release = try FirmwareRelease(
                product: "Wattseal test charger", version: "1.\(number)", digest: ContentHash(hashing: [UInt8(number)]),
                securityCounter: UInt32(number / 8), isWithdrawn: random.oneIn(4))
            let authority = members.first { SampleCharger.account(of: $0) == board.releaseAuthorities[0] }
            try send(.releaseFirmware(release), by: random.oneIn(3) ? anyone() : authority ?? anyone())
            return
        }
        let fresh = try LedgerParameters(
            commission: BasisPoints(Int32(pick(3_000))), minimumGrant: Microunits(1 + pick64(20_000)),
            toleranceMilliseconds: pick64(600_000), evidenceWindowSeconds: 1_814_400,
            platform: AccountID(hashing: [UInt8(pick(2))]), revision: rules.revision + (random.oneIn(8) ? 2 : 1),
            firstCommission: rules.firstCommission)
        let voted = Proposal(parameters: fresh, governance: nil)
        for member in members.shuffled(using: &random) {
            if try send(.vote(voted), by: random.oneIn(8) ? user() : member).result.code == 0,
                state.value(of: .votes(voted.hash)) == nil
            {
                rules = fresh
                break
            }
        }
    }
}

extension Dictionary where Key == SessionID {
    /// The same on every run of a seed: a dictionary's own order is not.
    func randomElementByOrder(_ random: inout SeededRandom) -> (Key, Value)? {
        guard !isEmpty else { return nil }
        let keys = keys.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        let key = keys[Int(random.next() % UInt64(keys.count))]
        return self[key].map { (key, $0) }
    }
}
