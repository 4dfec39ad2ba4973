internal import Quantities
internal import SignedRecords

extension Transition {
    /// What a record means beyond its place in the chain. Kinds without a rule here are history: the chain rules suffice.
    mutating func applyBody(
        of signed: SignedRecord, charger: ChargerRegistration, before: AcceptedRecord
    ) throws(LedgerError) {
        let record = signed.record
        let isOfConnector = record.body.session != nil || record.body.kind == .voucherAcceptance
        if isOfConnector, record.chain == .device {
            throw .session(reason: "\(record.body.kind) does not belong in chain 0")
        }
        switch record.body {
        case .begin(let begin):
            try self.begin(begin, signed, charger, before: before)
        case .tick(let tick):
            try self.tick(tick, record, charger, before: before)
        case .end(let end):
            try self.end(end, signed, charger, before: before)
        case .rollover(let rollover):
            try self.rollover(rollover, record)
        case .reset(let reset):
            try self.reset(reset, record)
        case .gap(let gap):
            try self.gap(gap, record)
        case .pause, .resume:
            _ = try openSession(of: record)
        case .keyChange(let change):
            guard record.chain == .device else {
                throw .session(reason: "a key change belongs in chain 0, not in chain \(record.chain)")
            }
            try changeKeys(change, of: charger, by: signed)
        case .genesis, .open:
            // Genesis comes by registration; chains that come from another ledger are not registered here.
            throw .refused(
                what: "record \(record.sequence) of chain \(record.chain)", expected: "no further start of a chain",
                found: "\(record.body.kind)")
        case .voucherAcceptance(let acceptance):
            try accept(acceptance, record, charger, before: before)
        case .event, .checkpoint, .meterChange, .clockStep, .firmwareChange, .close:
            // An acceptance that something else than a begin follows stands alone.
            try releaseIdleHold(record.device, record.chain)
        case .rollbackDetected:
            // The session's other records are lost; what they paid stays paid, and the connector is free again.
            guard record.chain != .device else { return }
            if let open = try read(.open(record.device, record.chain), as: OpenSession.self) {
                try noteDeparture(of: open, record, at: moment(of: record, before: before))
                try changeEquipment(of: record) { $0.leave(open.register, of: open) }
            }
            state.write(.open(record.device, record.chain), nil)
            try releaseHold(record.device, record.chain)
        }
    }

    // MARK: Begin

    private mutating func begin(
        _ begin: Begin, _ signed: SignedRecord, _ charger: ChargerRegistration, before: AcceptedRecord
    ) throws(LedgerError) {
        let record = signed.record
        guard try state.value(of: .open(record.device, record.chain)) == nil else {
            throw .session(reason: "a session is open on connector \(record.chain) already")
        }
        let session = SessionID.derive(
            grant: begin.grant, device: record.device, chain: record.chain, beginSequence: record.sequence)
        guard begin.session == session else {
            throw .session(reason: "the session is \(session) by its grant and place, not \(begin.session)")
        }
        try checkDeviceHead(begin, record)
        // Asked first: what the grant must agree with holds for a frozen charger, too.
        let (payer, isFunded) = try payer(of: begin, record, before: before)
        let tariff = try tariff(begin.tariff)
        let moment = moment(of: record, before: before)
        // A charger that gives a reserved connector to another is not paid for it.
        let isKept =
            try moment.flatMap { (moment) throws(LedgerError) in
                try reservations(record.device, record.chain).keptFromOthers(than: payer, at: moment)
            } != nil && payer != charger.owner
        let isSetBack = try isSetBack(begin, record)
        try noteArrival(of: payer, record, at: moment ?? block.time)
        write(
            .open(record.device, record.chain),
            OpenSession(
                session: session, grant: begin.grant, payer: payer, tariff: begin.tariff,
                beginSequence: record.sequence, beginHash: signed.hash, beginImport: begin.reading.import,
                funded: isFunded && !charger.isFrozen && !isKept && !isSetBack,
                consumption: Consumption(under: tariff, from: moment),
                commissionRate: parameters.commission))
    }

    /// The grant must stand, or have stood, at this connector with this payer and tariff. Where it stands and the session
    /// began in its time, it pays. Where it went while the record was on its way, the session is recorded and unpaid: the
    /// charger's chain must not end at a record that nobody can change any more.
    private func payer(
        of begin: Begin, _ record: Record, before: AcceptedRecord
    ) throws(LedgerError) -> (payer: AccountID, isFunded: Bool) {
        if let (key, grant) = try setAside(begin.grant, record) {
            guard begin.isPaid(by: grant.payer), grant.tariff == begin.tariff else {
                throw .session(
                    reason: "grant \(grant.hash) is of payer \(grant.payer) under tariff \(grant.tariff), "
                        + "not of \(begin.payer) under \(begin.tariff)")
            }
            // Whether a voucher was in time has shown when it was accepted.
            let isInTime =
                key == .hold(record.device, record.chain)
                || hasBegunInTime(record, expiry: grant.expiry, before: before)
            return (grant.payer, grant.canPay && isInTime)
        }
        guard let released = try read(.released(begin.grant), as: ReleasedGrant.self),
            released.device == record.device, released.chain == record.chain
        else {
            throw .session(
                reason: "grant \(begin.grant) never stood at connector \(record.chain) of \(record.device)")
        }
        guard begin.isPaid(by: released.payer), released.tariff == begin.tariff else {
            throw .session(
                reason: "grant \(begin.grant) was of payer \(released.payer) under tariff \(released.tariff)")
        }
        return (released.payer, false)
    }

    /// Before the grant's expiry by block time; or, for a record that comes late, by its own moment.
    func hasBegunInTime(_ record: Record, expiry: UTCMilliseconds, before: AcceptedRecord) -> Bool {
        if block.time < expiry { return true }
        return moment(of: record, before: before).map { $0 < expiry } ?? false
    }

    /// When a record was made, where that is vouched for: by a synchronised clock that is not ahead of the block's, and not
    /// behind what the chain has said before.
    func moment(of record: Record, before: AcceptedRecord) -> UTCMilliseconds? {
        guard record.time.quality == .synchronised, let utc = record.time.utc,
            utc.rawValue <= block.time.rawValue + parameters.toleranceMilliseconds, utc >= before.notBefore
        else { return nil }
        return utc
    }

    func tariff(_ hash: TariffHash) throws(LedgerError) -> Tariff {
        guard let tariff = try readLasting(.tariff(hash), as: Tariff.self) else {
            throw .corruptState(key: StateKey.tariff(hash).text, reason: "is absent")
        }
        return tariff
    }

    /// Begin names chain 0's head; where the ledger has that record already, the hash must be its.
    private func checkDeviceHead(_ begin: Begin, _ record: Record) throws(LedgerError) {
        let key = StateKey.record(record.device, .device, begin.deviceHeadSequence)
        guard let known = try read(key, as: AcceptedRecord.self) else { return }
        guard known.hash == begin.deviceHead else {
            throw .session(
                reason: "record \(begin.deviceHeadSequence) of chain 0 is \(known.hash), not \(begin.deviceHead)")
        }
    }

    // MARK: Energy

    private func openSession(of record: Record) throws(LedgerError) -> OpenSession {
        guard let open = try read(.open(record.device, record.chain), as: OpenSession.self) else {
            throw .session(reason: "no session is open on connector \(record.chain)")
        }
        guard open.session == record.body.session else {
            throw .session(reason: "the open session is \(open.session)")
        }
        return open
    }

    /// Counts on to a register: energy since begin is the register and what was carried, less begin's register, and never
    /// falls.
    private func advance(_ open: inout OpenSession, to register: MilliwattHours) throws(LedgerError) {
        guard let sum = register.addingIfFits(open.carried),
            let energy = sum.subtractingIfFits(open.beginImport), energy >= open.energy
        else {
            throw .session(
                reason: "the register reads \(register.rawValue) with \(open.carried.rawValue) carried; it began at "
                    + "\(open.beginImport.rawValue) and the energy had reached \(open.energy.rawValue) mWh")
        }
        open.energy = energy
    }

    /// Counts on to a reading whose energy the record states.
    private func advance(
        _ open: inout OpenSession, to reading: RegisterReading, stating stated: MilliwattHours
    ) throws(LedgerError) {
        try advance(&open, to: reading.import)
        guard open.energy == stated else {
            throw .session(reason: "energy \(stated.rawValue) mWh, but the register shows \(open.energy.rawValue)")
        }
    }

    /// After a reset of the register only the end may follow.
    private func requireCounting(_ open: OpenSession, _ kind: RecordKind) throws(LedgerError) {
        guard !open.isFrozen else { throw .session(reason: "\(kind) after a reset of the register") }
    }

    private mutating func tick(
        _ tick: Tick, _ record: Record, _ charger: ChargerRegistration, before: AcceptedRecord
    ) throws(LedgerError) {
        var open = try openSession(of: record)
        try requireCounting(open, .tick)
        try advance(&open, to: tick.reading, stating: tick.energy)
        guard tick.index > open.tickIndex, tick.count == tick.index - open.tickIndex else {
            throw .session(
                reason: "tick \(tick.index) crossing \(tick.count) boundaries, after tick \(open.tickIndex)")
        }
        let whole = tick.energy.rawValue / Tick.boundary.rawValue
        guard whole == Int64(tick.index) else {
            throw .session(reason: "tick \(tick.index) at \(tick.energy.rawValue) mWh, which is boundary \(whole)")
        }
        open.tickIndex = tick.index
        try settle(&open, record, charger, at: moment(of: record, before: before))
        write(.open(record.device, record.chain), open)
    }

    private mutating func gap(_ gap: Gap, _ record: Record) throws(LedgerError) {
        var open = try openSession(of: record)
        try requireCounting(open, .gap)
        try advance(&open, to: gap.lastImport)
        try advance(&open, to: gap.reading.import)
        write(.open(record.device, record.chain), open)
    }

    private mutating func rollover(_ rollover: Rollover, _ record: Record) throws(LedgerError) {
        var open = try openSession(of: record)
        try requireCounting(open, .rollover)
        try advance(&open, to: rollover.lastImport)
        guard let carried = open.carried.addingIfFits(rollover.modulus) else {
            throw .session(reason: "a modulus of \(rollover.modulus.rawValue) mWh does not fit")
        }
        open.carried = carried
        try advance(&open, to: rollover.reading.import)
        write(.open(record.device, record.chain), open)
    }

    /// What passed between the two registers is unknown: the energy stands still and counts on from the new register, for
    /// the end record only.
    private mutating func reset(_ reset: Reset, _ record: Record) throws(LedgerError) {
        var open = try openSession(of: record)
        try requireCounting(open, .reset)
        try advance(&open, to: reset.lastImport)
        guard reset.reading.import < reset.lastImport else {
            throw .session(reason: "a reset from \(reset.lastImport.rawValue) to \(reset.reading.import.rawValue) mWh")
        }
        // The new register is the smaller one, so what is carried grows by the difference; the sum was just checked.
        open.carried += reset.lastImport - reset.reading.import
        open.isFrozen = true
        write(.open(record.device, record.chain), open)
    }

    // MARK: End and money

    private mutating func end(
        _ end: End, _ signed: SignedRecord, _ charger: ChargerRegistration, before: AcceptedRecord
    ) throws(LedgerError) {
        let record = signed.record
        var open = try openSession(of: record)
        try advance(&open, to: end.reading, stating: end.energy)
        guard end.ticks == open.tickIndex else {
            throw .session(reason: "the end names tick \(end.ticks), the last was \(open.tickIndex)")
        }
        try settle(&open, record, charger, at: moment(of: record, before: before))
        write(
            .session(record.device, open.session),
            SessionSettlement(
                chain: record.chain, beginSequence: open.beginSequence, beginHash: open.beginHash,
                endSequence: record.sequence, endHash: signed.hash, energy: open.energy, paid: open.paid,
                commission: open.commission, owner: charger.owner,
                payer: PayerHash.derive(account: open.payer, session: open.session), tariff: open.tariff,
                consumption: open.consumption,
                commissionRate: open.commissionRate == parameters.firstCommission ? nil : open.commissionRate))
        state.write(.open(record.device, record.chain), nil)
        try changeEquipment(of: record) { $0.leave(end.reading.import, of: open) }
        try noteDeparture(of: open, record, at: moment(of: record, before: before))
        try releaseHold(record.device, record.chain)
    }

    /// Pays what the session owes more than before. Money comes from the grant, or the voucher's hold, as long as it stands;
    /// what it does not hold stays unpaid.
    private mutating func settle(
        _ open: inout OpenSession, _ record: Record, _ charger: ChargerRegistration, at moment: UTCMilliseconds?
    ) throws(LedgerError) {
        let tariff = try tariff(open.tariff)
        let counted = open.consumption.energy ?? .zero
        guard open.funded, case (let key, var grant)? = try setAside(open.grant, record) else {
            return open.consumption.advance(to: open.energy, at: moment, under: tariff)
        }
        // Energy beyond the grant's limit is recorded and unpaid, like energy beyond its money.
        let payable = grant.energyLeft.map { min($0, open.energy - counted) } ?? open.energy - counted
        open.consumption.advance(to: counted + payable, at: moment, under: tariff)
        if grant.energyLimit != nil, payable > .zero {
            grant.delivered += payable
            write(key, grant)
        }
        // What was set aside at begin: its remainder now, and what this session has had from it.
        let due = try Settlement(
            open.consumption, under: tariff, available: grant.remainder + open.paid, commission: open.commissionRate)
        let step = due.paid - open.paid
        let commission = due.commission - open.commission
        invariant(
            step >= .zero && commission >= .zero && commission <= step, "a session's payments never go back")
        guard step > .zero else { return }
        grant.spent += step
        write(key, grant)
        open.paid = due.paid
        open.commission = due.commission
        try credit(charger.owner, step - commission)
        try credit(parameters.platform, commission)
    }

    /// What is set aside at a connector under this name, by a transaction or for a voucher; nil where it was given back.
    private func setAside(_ name: GrantHash, _ record: Record) throws(LedgerError) -> (StateKey, Grant)? {
        for key in [StateKey.grant(record.device, record.chain), .hold(record.device, record.chain)] {
            if let grant = try read(key, as: Grant.self), grant.hash == name { return (key, grant) }
        }
        return nil
    }
}
