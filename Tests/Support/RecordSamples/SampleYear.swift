public import Quantities
public import SignedRecords

/// A year of one device from a seed: sessions on all connectors, faults, meters that change, wrap and reset, lost records,
/// clock steps, new keys, and a move to another ledger.
public struct SampleYear: Sendable {
    public private(set) var device: SampleDevice
    /// The records, chain by chain, chain 0 first: an export's order.
    public private(set) var chains: [[SignedRecord]]
    /// What the sessions' end records say, in all.
    public private(set) var energy = MilliwattHours.zero
    public private(set) var sessions = 0
    /// How often records were lost.
    public private(set) var gaps = 0

    private var random: SeededRandom
    private var registers: [Int64]
    /// A small counter, so that it wraps often.
    private static let modulus: Int64 = 1_000_000_000

    public init(seed: UInt64, sessions count: Int, connectors: UInt8 = 3) throws {
        random = SeededRandom(seed: seed)
        device = try SampleDevice(connectors: connectors)
        chains = [[device.genesis]] + Array(repeating: [], count: Int(connectors))
        registers = Array(repeating: 5_000_000, count: Int(connectors))
        // Whatever the seed says, each of these stands in the year.
        let turns = (keys: max(1, count / 3), ledger: max(2, count / 2), loss: max(3, count * 2 / 3))
        // Each chain has a record before the move: a chain has no other way to name its ledger.
        for chain in 1...UInt32(connectors) {
            let wear = Wear(
                operations: 0, openingsUnderLoad: 0, closingMicroseconds: 20, openingMicroseconds: 15, usedLife: 0)
            try add(.connector(chain), .event(.wear(wear)))
        }
        for number in 1...max(1, count) {
            let chain = UInt32(1 + random.next() % UInt64(connectors))
            try between(chain)
            try session(.connector(chain))
            if number % turns.keys == 0 { chains[0].append(try device.changeKeys(seed: UInt8(10 + number % 200))) }
            if number == turns.ledger { try changeLedger() }
            if number == turns.loss { try loseRecords(.connector(chain)) }
        }
    }

    /// All messages: the export.
    public var export: [UInt8] { chains.flatMap { $0.flatMap(\.message) } }

    private mutating func add(_ chain: ChainNumber, _ body: RecordBody) throws {
        chains[Int(chain.rawValue)].append(try device.append(chain, body))
    }

    private mutating func below(_ bound: Int64) -> Int64 { Int64(random.next() % UInt64(bound)) }

    private mutating func between(_ connector: UInt32) throws {
        let chain = ChainNumber.connector(connector)
        if random.oneIn(9) {
            try add(.device, .clockStep(ClockStep(before: nil, after: .latest, source: .timeService)))
        }
        if random.oneIn(20) {
            let heads = device.heads.filter { $0.key != .device }.sorted { $0.key.rawValue < $1.key.rawValue }
            try add(
                .device,
                .checkpoint(
                    Checkpoint(
                        heads: heads.map { Checkpoint.Head(chain: $0.key, head: $0.value) }, ledgerHeight: 7,
                        ledgerHash: .zero)))
        }
        if random.oneIn(50) {
            let action = TechnicianAction(technician: .zero, action: "inspect", subject: "lock", succeeded: true)
            try add(.device, .event(.technicianAction(action)))
        }
        if random.oneIn(8) { try add(chain, .event(.faultLatched(FaultLatched(code: 4, value: -3)))) }
        if random.oneIn(8) { try add(chain, .event(.faultCleared(FaultCleared(code: 4, by: .condition)))) }
        if random.oneIn(30) {
            registers[Int(connector) - 1] = below(SampleYear.modulus)
            let reading = SampleDevice.reading(registers[Int(connector) - 1])
            try add(
                chain,
                .meterChange(
                    MeterChange(
                        before: SampleDevice.meter, lastImport: nil, after: SampleDevice.meter, reading: reading,
                        technician: nil)))
        }
    }

    private mutating func session(_ chain: ChainNumber) throws {
        var register = registers[Int(chain.rawValue) - 1]
        let first = register
        var carried: Int64 = 0
        let opening = device.begin(chain, register: register)
        try add(chain, .begin(opening))
        var ticks: UInt32 = 0
        var isReset = false
        for _ in 0..<(2 + below(8)) {
            // Mostly a little above the next boundary, at times several on.
            let next = (Int64(ticks) + 1 + (random.oneIn(12) ? below(3) : 0)) * 1_000_000 + below(40_000)
            var target = first + next - carried
            if target >= SampleYear.modulus {
                let last = SampleYear.modulus - 1
                guard register < last else { break }
                target -= SampleYear.modulus
                let rollover = Rollover(
                    session: opening.session, lastImport: MilliwattHours(last), reading: SampleDevice.reading(target),
                    modulus: MilliwattHours(SampleYear.modulus))
                try add(chain, .rollover(rollover))
                carried += SampleYear.modulus
            } else if random.oneIn(15) {
                let gap = Gap(
                    session: opening.session, reason: .meterSilent, milliseconds: 9_000,
                    lastImport: MilliwattHours(register), reading: SampleDevice.reading(target))
                try add(chain, .gap(gap))
            }
            register = target
            let energy = carried + register - first
            let index = UInt32(energy / 1_000_000)
            try add(
                chain,
                .tick(
                    Tick(
                        session: opening.session, index: index, count: index - ticks,
                        reading: SampleDevice.reading(register), energy: MilliwattHours(energy), readErrors: 0,
                        status: [.meterHealthy, .contactorClosed])))
            ticks = index
            if random.oneIn(10) {
                try add(chain, .pause(Pause(session: opening.session, reason: .limit)))
                try add(chain, .resume(Resume(session: opening.session)))
            }
            if random.oneIn(60), register > 10 {
                try add(
                    chain,
                    .reset(
                        Reset(
                            session: opening.session, lastImport: MilliwattHours(register),
                            reading: SampleDevice.reading(3))))
                carried += register - 3
                register = 3
                isReset = true
                break
            }
        }
        let total = MilliwattHours(carried + register - first)
        try add(
            chain,
            .end(
                End(
                    session: opening.session, reason: isReset ? .meterDistrust : .car,
                    reading: SampleDevice.reading(register), energy: total, ticks: ticks)))
        registers[Int(chain.rawValue) - 1] = register
        sessions += 1
        energy += total
    }

    /// Every chain is closed and opened towards another ledger.
    private mutating func changeLedger() throws {
        let old = device.ledger
        let new = try LedgerChainID("wattseal-next")
        let used = chains.indices.map { ChainNumber(rawValue: UInt32($0)) }
        for chain in used { try add(chain, .close(Close(newLedger: new, anchorHeight: 5, anchorHash: .zero))) }
        device.ledger = new
        for chain in used {
            try add(chain, .open(Open(oldLedger: old, newLedger: new, anchorHeight: 5, anchorHash: .zero)))
        }
    }

    /// The device comes back from an old image: the ledger has records that it lost.
    private mutating func loseRecords(_ chain: ChainNumber) throws {
        guard let head = device.heads[chain] else { return }
        var record = device.next(
            chain,
            .rollbackDetected(
                RollbackDetected(
                    journalSequence: head.sequence, journalHash: head.hash, provedSequence: head.sequence + 5,
                    ledgerHeight: 9)))
        record.sequence = head.sequence + 6
        record.previous = RecordHash(hashing: [0x6C])
        chains[Int(chain.rawValue)].append(try device.append(record))
        gaps += 1
    }
}
