import ChargerSamples
import Crypto
import Ledger
import Quantities
import RecordSamples
import SignedRecords

extension SoakWorld {
    mutating func registerCharger(isHonest: Bool) throws {
        let connectors = 1 + pick(4)
        let sample = try SampleCharger(
            "charger \(seed) \(chargers.count)", ledger: Self.chainName, connectors: UInt8(connectors),
            bench: random.oneIn(16), clock: time)
        var charger = SoakCharger(
            sample: sample, isHonest: isHonest, connectors: UInt32(connectors), tariff: pick(tariffs.count))
        let body = TransactionBody.registerCharger(
            genesis: sample.genesis.message, tariff: tariffs[charger.tariff].hash)
        if random.oneIn(3) { try send(body, by: anyOfUsers()) }
        charger.isRegistered = try send(body, by: sample.ownerKey).result.code == 0
        chargers.append(charger)
    }

    private mutating func anyOfUsers() -> Curve25519.Signing.PrivateKey { users[pick(users.count)] }

    /// A charger that had another ledger before.
    mutating func registerMoved() throws {
        let connectors = 1 + pick(3)
        var sample = try SampleCharger(
            "moved \(seed) \(chargers.count)", ledger: "wattseal-old", connectors: UInt8(connectors), clock: time)
        let moved = try sample.move(to: Self.chainName, connectors: UInt32(connectors))
        var charger = SoakCharger(
            sample: sample, isHonest: true, connectors: UInt32(connectors), tariff: pick(tariffs.count))
        let registration = MovedRegistration(
            identity: [sample.genesis.message] + moved[0].map(\.message),
            connectors: moved[1...].flatMap { $0 }.map(\.message))
        let body = TransactionBody.registerMoved(registration, tariff: tariffs[charger.tariff].hash)
        if random.oneIn(2) { try send(body, by: anyOfUsers()) }
        charger.isRegistered = try send(body, by: sample.ownerKey).result.code == 0
        chargers.append(charger)
    }

    /// A charger signs its next record.
    mutating func chargerActs() throws {
        let (index, chain) = place()
        setClock(index)
        let place = Place(device: chargers[index].device, chain: chain)
        if let grant = oracle.grants[place], seen[place]?.last?.name != grant.name {
            seen[place, default: []].append((grant.name, grant.payer, grant.tariff))
        }
        if chargers[index].sessions[chain] != nil { return try chargers[index].goOn(chain, &random) }
        switch pick(20) {
        case 0: try fault(index, random.oneIn(4) ? .device : chain)
        case 1: try changeKeys(index)
        case 2: try changeMeter(index, chain)
        case 3: try rollBack(index, chain)
        case 4...8: try beginOnVoucher(index, chain)
        default:
            guard let known = seen[place], let last = known.last else { return }
            let grant = random.oneIn(8) ? known[pick(known.count)] : last
            guard random.oneIn(8) || oracle.grants[place]?.name == grant.name else { return }
            try begin(index, chain, grant.name, grant.payer, grant.tariff)
        }
    }

    private mutating func begin(
        _ index: Int, _ chain: ChainNumber, _ grant: GrantHash, _ payer: AccountID, _ tariff: TariffHash
    ) throws {
        let register = chargers[index].register(chain)
        if !chargers[index].isHonest, register > 6_000_000, random.oneIn(2) {
            chargers[index].registers[chain] = register - 1_000_000
        }
        try chargers[index].begin(chain, grant: grant, payer: payer, tariff: tariff)
        if let session = chargers[index].sessions[chain]?.id { payers[session] = payer }
    }

    /// Clocks are right, a little off, guessed, or gone; those of the dishonest are what they like.
    private mutating func setClock(_ index: Int) {
        var clock = time - 8_000 + pick64(10_000)
        if random.oneIn(10) { clock += pick64(40_000) - 20_000 }
        if !chargers[index].isHonest, random.oneIn(3) { clock += pick64(40_000_000) - 20_000_000 }
        chargers[index].sample.clock = max(1_700_000_000_000, clock)
        switch pick(8) {
        case 0: chargers[index].sample.quality = .unknown
        case 1: chargers[index].sample.quality = .informative
        default: chargers[index].sample.quality = .synchronised
        }
    }

    private mutating func beginOnVoucher(_ index: Int, _ chain: ChainNumber) throws {
        let payer = user()
        if vouchers.isEmpty || random.oneIn(2) {
            let terms = Voucher.Terms(
                number: UInt64(vouchers.count), amount: Microunits(1 + pick64(900_000)),
                highestPrice: PricePerKilowattHour(200_000 + pick64(800_000)),
                expiry: UTCMilliseconds(time + pick64(random.oneIn(4) ? 400 * 86_400_000 : 4_000_000)),
                device: random.oneIn(8) ? chargers[index].device : nil,
                owner: random.oneIn(8) ? chargers[index].sample.owner : nil)
            vouchers.append(try Voucher.sign(terms, key: payer, ledger: self.chain))
        }
        let voucher = random.oneIn(3) ? vouchers[pick(vouchers.count)] : vouchers[vouchers.count - 1]
        let tariff = tariffs[chargers[index].tariff]
        guard tariff.highestPrice <= voucher.terms.highestPrice, tariff.hasNoFees,
            oracle.tariffs[tariff.hash] != nil,
            voucher.terms.isFor(device: chargers[index].device, of: chargers[index].sample.owner)
        else { return }
        try chargers[index].sign(
            chain,
            .voucherAcceptance(
                VoucherAcceptance(
                    payer: voucher.payer, amount: voucher.terms.amount, tariff: tariff.hash,
                    expiry: voucher.terms.expiry, voucher: voucher.bytes)))
        if random.oneIn(5) { return }
        try begin(index, chain, voucher.hash, voucher.payer, tariff.hash)
    }

    private mutating func fault(_ index: Int, _ chain: ChainNumber) throws {
        if let code = chargers[index].faults.removeValue(forKey: chain) {
            try chargers[index].sign(chain, .event(.faultCleared(FaultCleared(code: code, by: .condition))))
        } else {
            let code = UInt16(1 + pick(60))
            chargers[index].faults[chain] = code
            try chargers[index].sign(chain, .event(.faultLatched(FaultLatched(code: code))))
        }
    }

    /// Keys change only while nothing is on its way and no session is open.
    private mutating func changeKeys(_ index: Int) throws {
        guard chargers[index].queue.isEmpty, chargers[index].sessions.isEmpty, chargers[index].isHonest else { return }
        chargers[index].keyNumber += 1
        let name = "key \(seed) \(index) \(chargers[index].keyNumber)"
        let signed = try chargers[index].sample.changeKeys(name)
        chargers[index].queue.append(signed)
    }

    private mutating func changeMeter(_ index: Int, _ chain: ChainNumber) throws {
        guard random.oneIn(4) else { return }
        let register = chargers[index].register(chain)
        chargers[index].registers[chain] = pick64(9_000_000)
        try chargers[index].sign(
            chain,
            .meterChange(
                MeterChange(
                    before: SampleDevice.meter, lastImport: MilliwattHours(register), after: SampleDevice.meter,
                    reading: SampleDevice.reading(chargers[index].register(chain)), technician: nil)))
    }

    /// A restored image: the device says so and its open session is lost.
    private mutating func rollBack(_ index: Int, _ chain: ChainNumber) throws {
        guard random.oneIn(3), let head = chargers[index].sample.heads[chain], head.sequence > 1 else { return }
        try chargers[index].sign(
            chain,
            .rollbackDetected(
                RollbackDetected(
                    journalSequence: head.sequence - 1, journalHash: head.hash, provedSequence: head.sequence,
                    ledgerHeight: 1)))
    }

    // MARK: Relays

    /// Brings some of what a charger signed: in order, or with holes, doubled, cut, out of order.
    mutating func relay() throws {
        let index = pick(chargers.count)
        guard !chargers[index].queue.isEmpty else { return }
        let count = 1 + pick(min(chargers[index].queue.count, 40))
        var part = Array(chargers[index].queue.prefix(count))
        var isWhole = true
        switch pick(10) {
        case 0:
            part.remove(at: pick(part.count))
            isWhole = false
        case 1:
            part.shuffle(using: &random)
            isWhole = false
        case 2: part += part
        case 3: part.insert(contentsOf: part.prefix(1 + pick(part.count)), at: 0)
        default: break
        }
        // Doubled in place, a record stands behind itself; one that was brought before is no gap.
        guard !part.isEmpty else { return }
        let result = try apply(RecordBatch(messages: part.map(\.message)).encoded())
        if chargers[index].isHonest, chargers[index].isRegistered {
            try require(
                result.code == 0 || !isWhole && [8, 9].contains(result.code),
                "an honest charger's record is refused: \(result.code) \(result.log)")
        }
        if !random.oneIn(6) { trim(index) }
    }

    // MARK: Lies

    /// What a charger, or whoever has its key, may try. It must be refused, and leave nothing.
    mutating func lie() throws {
        let (index, chain) = place()
        let charger = chargers[index]
        let place = Place(device: charger.device, chain: chain)
        if pick(4) == 0 { return try contradict(index) }
        guard charger.queue.isEmpty, charger.isRegistered else { return }
        let register = charger.register(chain)
        var body: RecordBody
        if let session = charger.sessions[chain] {
            let energy = session.energy + 2_500_000
            switch pick(6) {
            case 0:
                var tick = SampleCharger.tick(session.id, energy: energy, register: session.base, after: session.ticks)
                tick.energy = MilliwattHours(energy + 1)
                body = .tick(tick)
            case 1:
                var tick = SampleCharger.tick(session.id, energy: energy, register: session.base, after: session.ticks)
                tick.index += 1
                tick.count += 1
                body = .tick(tick)
            case 2:
                body = .tick(
                    SampleCharger.tick(session.id, energy: energy, register: session.base, after: session.ticks + 1))
            case 3:
                var end = SampleCharger.end(
                    session.id, energy: session.energy, register: session.base, ticks: session.ticks)
                end.energy = MilliwattHours(session.energy + 1)
                body = .end(end)
            case 4:
                body = .end(
                    SampleCharger.end(
                        session.id, energy: session.energy, register: session.base, ticks: session.ticks + 1))
            default:
                body = .begin(
                    charger.sample.begin(
                        chain, grant: GrantHash(hashing: [7]), payer: AccountID(hashing: [7]),
                        tariff: tariffs[0].hash, register: register))
            }
        } else {
            guard oracle.sessions[place] == nil else { return }
            let grant = oracle.grants[place]
            var begin = charger.sample.begin(
                chain, grant: grant?.name ?? GrantHash(hashing: [7]),
                payer: random.oneIn(2) ? AccountID(hashing: [7]) : grant?.payer ?? AccountID(hashing: [7]),
                tariff: grant?.tariff ?? tariffs[0].hash, register: register)
            switch pick(4) {
            case 0: begin.session = SessionID(exactly: [UInt8](repeating: 1, count: 16))
            case 1: begin.tariff = TariffHash(hashing: [1])
            case 2: begin.payer = PayerHash(hashing: [1])
            default: begin.deviceHead = RecordHash(hashing: [1])
            }
            body = .begin(begin)
            if random.oneIn(4) {
                body = .end(SampleCharger.end(begin.session, energy: 0, register: register, ticks: 0))
            }
        }
        var record = charger.sample.next(chain, body)
        var isBroken = false
        if random.oneIn(4) {
            record.previous = RecordHash(hashing: [2])
            isBroken = true
        }
        let key: Curve25519.Signing.PrivateKey? = random.oneIn(6) ? users[0] : nil
        let signed = try charger.sample.sign(record, key: key)
        let result = try apply(RecordBatch(messages: [signed.message]).encoded())
        try require(result.code != 0, "a lie is believed: \(body.kind)\(isBroken ? " with a broken link" : "")")
    }

    /// Two records with one number: in a batch, or shown by somebody.
    private mutating func contradict(_ index: Int) throws {
        guard !chargers[index].isHonest, random.oneIn(3), chargers[index].past.count > 1 else { return }
        let old = chargers[index].past[pick(chargers[index].past.count)]
        var copy = chargers[index].sample
        copy.rewind(
            old.record.chain, to: ChainHead(sequence: old.record.sequence - 1, hash: old.record.previous))
        let other = try copy.append(
            old.record.chain, .event(.faultLatched(FaultLatched(code: 7, value: Int64(log.count)))))
        if random.oneIn(2) {
            try apply(RecordBatch(messages: [other.message]).encoded())
            trim(index)
        } else {
            try send(.reportFraud(one: old.message, other: other.message), by: user())
            if random.oneIn(4) { try send(.reportFraud(one: old.message, other: old.message), by: user()) }
        }
    }

    /// What stood in a block before is refused again; a batch may bring records now that waited for earlier ones then.
    mutating func replay() throws {
        guard !log.isEmpty else { return }
        oracle.tally.replays += 1
        let bytes = log[pick(log.count)].bytes
        let result = try apply(bytes)
        if bytes.first == 0xd2 { try require(result.code != 0, "a transaction is taken twice") }
    }

    /// What nobody signed, or not for this ledger.
    mutating func noise() throws {
        guard !log.isEmpty else { return }
        var bytes = log[pick(log.count)].bytes
        switch pick(4) {
        case 0: bytes = (0..<pick(90)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        case 1: bytes = Array(bytes.prefix(pick(bytes.count)))
        case 2:
            let key = user()
            let other = try LedgerChainID("wattseal-other")
            let nonce = oracle.nonces[SampleCharger.account(of: key)] ?? 0
            bytes = try SignedTransaction.sign(.registerUser, nonce: nonce, key: key, ledger: other).bytes
        default:
            guard !bytes.isEmpty else { break }
            bytes[pick(bytes.count)] ^= UInt8(1 << pick(8))
        }
        try apply(bytes)
    }
}
