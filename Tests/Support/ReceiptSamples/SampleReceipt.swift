public import Ledger
public import LedgerSamples
public import LightClient
public import Quantities
public import Receipts
public import RecordSamples
public import SignedRecords

/// A session with everything that its receipt needs, made part by part so that a test can change one.
public struct SampleReceipt {
    public var device: SampleDevice
    public var chain = ChainNumber.connector(1)
    public var keyChanges: [SignedRecord] = []
    public var moves: [SignedRecord] = []
    public var records: [SignedRecord] = []
    public var tariff: Tariff
    public var parameters: LedgerParameters
    public var ledger: SampleChain
    public var session: SessionID
    /// Commits' flags of the receipt's block.
    public var flags: [Int: BlockIDFlag] = [:]

    /// A session of `kilowattHours` ticks and 300 Wh, at 0.35 a kWh and 3 % commission.
    ///
    /// - Parameter ledgers: Where the device moved before the session, one ledger after the other; a session was sold under
    ///   each but the last.
    /// - Parameter keyChangeAfter: Behind which of those moves the key change stands.
    public init(
        kilowattHours: UInt32 = 3, keyChange: Bool = false, priorSessions: Int = 0, pauses: Bool = false,
        ledgers: [String] = [], keyChangeAfter: Int = 0, secondsPerTick: UInt64 = 1, words: Words = Words(),
        energyFactor: UInt32 = 1, quality: TimeQuality = .synchronised, tariff other: Tariff? = nil,
        extra: (SessionID) -> [RecordBody] = { _ in [] }
    ) throws {
        device = try SampleDevice(product: words.product, serial: words.serial, energyFactor: energyFactor)
        ledger = try SampleChain()
        tariff = try other ?? Tariff(name: words.tariff, price: PricePerKilowattHour(350_000))
        parameters = try LedgerParameters(
            commission: BasisPoints(300), minimumGrant: Microunits(1), toleranceMilliseconds: 1_000,
            evidenceWindowSeconds: 1_814_400, platform: AccountID(hashing: [0x50]))
        session = .zero
        for _ in 0..<priorSessions { try device.session(chain, kilowattHours: 1) }
        if keyChange, keyChangeAfter == 0 { keyChanges.append(try device.changeKeys(seed: 9)) }
        for (index, name) in ledgers.enumerated() {
            if index > 0 { try device.session(chain, kilowattHours: 1) }
            try move(to: name)
            if keyChange, keyChangeAfter == index + 1 { keyChanges.append(try device.changeKeys(seed: 9)) }
        }
        var begin = device.begin(chain, register: 7_000_000)
        begin.tariff = tariff.hash
        begin.meter = words.meter
        begin.energyFactor = energyFactor
        session = begin.session
        try record(.begin(begin), quality)
        for index in 0..<kilowattHours {
            device.clock += (secondsPerTick - 1) * 1_000
            try record(.tick(SampleDevice.tick(session, index: index + 1, base: 7_000_000)), quality)
            if pauses, index == 0 {
                try record(.pause(Pause(session: session, reason: .car)), quality)
                device.clock += (secondsPerTick - 1) * 1_000
                try record(.resume(Resume(session: session)), quality)
            }
        }
        for body in extra(session) { try record(body, quality) }
        let energy = Int64(kilowattHours) * 1_000_000 + 300_000
        let end = End(
            session: session, reason: .car, reading: SampleDevice.reading(7_000_000 + energy),
            energy: MilliwattHours(energy), ticks: kilowattHours)
        try record(.end(end), quality)
    }

    private mutating func record(_ body: RecordBody, _ quality: TimeQuality) throws {
        var record = device.next(chain, body)
        record.time.quality = quality
        records.append(try device.append(record))
    }

    /// What strangers may write into a receipt.
    public struct Words: Sendable {
        public var product = "Wattseal test charger"
        public var serial = "T-0001"
        public var tariff = "day and night"
        public var meter = SampleDevice.meter

        public init() {}

        /// The same text everywhere, cut to what each place takes.
        public init(everywhere text: String) {
            func cut(_ bytes: Int) -> String {
                var part = text
                while part.utf8.count > bytes { part.removeLast() }
                return part
            }
            product = cut(64)
            serial = cut(64)
            tariff = cut(64)
            meter = MeterIdentity(
                vendor: cut(32), model: cut(32), serial: cut(32), profileID: cut(32),
                profileHash: ContentHash(hashing: [3]), trust: .bench)
        }
    }

    /// Every chain of the device closes under its ledger and opens under another.
    private mutating func move(to name: String) throws {
        let (old, new) = (device.ledger, try LedgerChainID(name))
        let anchor = ContentHash(hashing: Array(name.utf8))
        for each in [ChainNumber.device, chain] {
            device.ledger = old
            let close = Close(newLedger: new, anchorHeight: 7, anchorHash: anchor)
            let closed = try device.append(each, .close(close))
            device.ledger = new
            let opened = try device.append(
                each, .open(Open(oldLedger: old, newLedger: new, anchorHeight: 7, anchorHash: anchor)))
            if each == chain { moves += [closed, opened] }
        }
        ledger = try SampleChain(chainID: name)
    }

    public var end: End? {
        if case .end(let end)? = records.last?.record.body { return end }
        return nil
    }

    /// What the tariff counts when the ledger vouches for each synchronised time.
    public var consumption: Consumption {
        func moment(_ record: Record) -> UTCMilliseconds? {
            record.time.quality == .synchronised ? record.time.utc : nil
        }
        var consumption = Consumption(under: tariff, from: records.first.flatMap { moment($0.record) })
        for signed in records {
            switch signed.record.body {
            case .tick(let tick): consumption.advance(to: tick.energy, at: moment(signed.record), under: tariff)
            case .end(let end): consumption.advance(to: end.energy, at: moment(signed.record), under: tariff)
            default: break
            }
        }
        return consumption
    }

    /// The settlement as the ledger makes it, when the grant held `available`.
    ///
    /// - Parameters:
    ///   - other: what the ledger counted instead.
    ///   - rate: the platform's share at begin, where it was not the ledger's first.
    public func settlement(
        available: Microunits = Microunits(1_000_000_000), counting other: Consumption? = nil,
        rate: BasisPoints? = nil
    ) throws -> SessionSettlement {
        guard let first = records.first, let last = records.last, let end, case .begin(let begin) = first.record.body
        else { throw SampleError.timeRange }
        let due = try Settlement(
            other ?? consumption, under: tariff, available: available, commission: rate ?? parameters.commission)
        return SessionSettlement(
            chain: chain, beginSequence: first.record.sequence, beginHash: first.hash,
            endSequence: last.record.sequence, endHash: last.hash, energy: end.energy, paid: due.paid,
            commission: due.commission, owner: device.owner, payer: begin.payer, tariff: begin.tariff,
            consumption: other ?? consumption, commissionRate: rate)
    }

    /// A state that holds the settlement among other values.
    public func state(_ settlement: SessionSettlement) -> SampleState {
        var state = SampleState()
        state[StateKey.parameters.bytes] = parameters.encoded()
        state[StateKey.session(device.device, session).bytes] = settlement.encoded()
        for index in UInt8(0)..<12 {
            state[StateKey.account(AccountID(hashing: [index])).bytes] = [0x82, index, 0]
        }
        return state
    }

    /// The bundle of a settlement, under the next block of the ledger.
    public mutating func bundle(_ settlement: SessionSettlement) throws -> ProofBundle {
        let state = state(settlement)
        if ledger.height == 0 { try ledger.append(appHash: []) }
        let block = try ledger.append(appHash: state.root, flags: flags)
        func entry(_ key: StateKey) -> ProvedEntry {
            ProvedEntry(key: key.bytes, value: state[key.bytes] ?? [], proof: state.proof(of: key.bytes).protobuf)
        }
        return ProofBundle(
            settlement: entry(.session(device.device, session)), parameters: entry(.parameters), block: block)
    }

    /// The whole receipt.
    public mutating func receipt(_ settlement: SessionSettlement? = nil) throws -> Receipt {
        Receipt(
            genesis: device.genesis, keyChanges: keyChanges, moves: moves, records: records, tariff: tariff.encoded(),
            bundle: try bundle(try settlement ?? self.settlement()))
    }
}
