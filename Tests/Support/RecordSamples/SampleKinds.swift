import Quantities
public import SignedRecords

/// A small export from a seed that holds every kind of record: what it takes to try each of its bytes.
public struct SampleKinds: Sendable {
    public private(set) var device: SampleDevice
    /// Chain 0 and connector 1's: an export's order.
    public private(set) var chains: [[SignedRecord]]
    private var random: SeededRandom
    private let one = ChainNumber.connector(1)

    public init(seed: UInt64) throws {
        random = SeededRandom(seed: seed)
        device = try SampleDevice(seed: UInt8(1 + random.next() % 100), connectors: 1)
        chains = [[device.genesis], []]
        try paidSession()
        try changesBetween()
        chains[0].append(try device.changeKeys(seed: UInt8(101 + random.next() % 100)))
        try shortSession()
        try loseRecords()
        try changeLedger()
        try shortSession()
    }

    /// All messages: the export.
    public var export: [UInt8] { chains.flatMap { $0.flatMap(\.message) } }

    private mutating func add(_ chain: ChainNumber, _ body: RecordBody) throws {
        chains[Int(chain.rawValue)].append(try device.append(chain, body))
    }

    private mutating func below(_ bound: Int64) -> Int64 { Int64(random.next() % UInt64(bound)) }

    /// On a voucher; with a pause, a gap, a register that wraps and one that is reset.
    private mutating func paidSession() throws {
        let modulus: Int64 = 100_000_000
        let voucher = VoucherAcceptance(
            payer: device.owner, amount: Microunits(below(1_000_000)), tariff: .zero, expiry: UTCMilliseconds(9),
            voucher: (0..<(1 + below(40))).map { _ in UInt8(truncatingIfNeeded: random.next()) },
            answer: below(2) == 0
                ? nil
                : BearerAnswer(
                    challenge: (0..<32).map { _ in UInt8(truncatingIfNeeded: random.next()) },
                    signature: (0..<64).map { _ in UInt8(truncatingIfNeeded: random.next()) }))
        try add(one, .voucherAcceptance(voucher))
        let first = modulus - 2_000_000 + below(400_000)
        let opening = device.begin(one, register: first, grant: GrantHash(hashing: voucher.voucher))
        let session = opening.session
        try add(one, .begin(opening))
        let latest = first + 1_000_000 + below(200_000)
        try add(one, .tick(SampleDevice.tick(session, index: 1, base: first, extra: latest - first - 1_000_000)))
        try add(one, .pause(Pause(session: session, reason: .car)))
        try add(one, .resume(Resume(session: session)))
        let gap = Gap(
            session: session, reason: .meterSilent, milliseconds: 11_000, lastImport: MilliwattHours(latest),
            reading: SampleDevice.reading(latest + 1))
        try add(one, .gap(gap))
        let wrapped = 700_000 + below(100_000)
        let rollover = Rollover(
            session: session, lastImport: MilliwattHours(modulus - 1), reading: SampleDevice.reading(wrapped),
            modulus: MilliwattHours(modulus))
        try add(one, .rollover(rollover))
        let energy = modulus + wrapped - first
        let index = UInt32(energy / 1_000_000)
        try add(
            one,
            .tick(
                Tick(
                    session: session, index: index, count: index - 1, reading: SampleDevice.reading(wrapped),
                    energy: MilliwattHours(energy), readErrors: 1, status: [.recovered])))
        try add(one, .event(.faultLatched(FaultLatched(code: 3, value: -below(9)))))
        let reset = Reset(
            session: session, lastImport: MilliwattHours(wrapped + 9), reading: SampleDevice.reading(below(9)))
        try add(one, .reset(reset))
        try add(
            one,
            .end(
                End(
                    session: session, reason: .meterDistrust, reading: reset.reading,
                    energy: MilliwattHours(energy + 9), ticks: index, faultCode: 3)))
    }

    /// What chain 0 and a connector have outside sessions.
    private mutating func changesBetween() throws {
        let digest = ContentHash(hashing: [UInt8(truncatingIfNeeded: random.next())])
        try add(
            one,
            .meterChange(
                MeterChange(
                    before: SampleDevice.meter, lastImport: MilliwattHours(below(9_000)), after: SampleDevice.meter,
                    reading: SampleDevice.reading(below(9_000)), technician: digest)))
        let change = FirmwareChange(
            before: .zero, after: digest, version: "1.\(below(9))", outcome: .started, securityCounter: 3,
            overriddenBy: nil)
        let step = ClockStep(before: UTCMilliseconds(below(9)), after: .latest, source: .timeService)
        let head = device.heads[one].map { [Checkpoint.Head(chain: one, head: $0)] } ?? []
        let changed = ConfigurationChange(subject: "limits", before: .zero, after: digest)
        for body: RecordBody in [
            .firmwareChange(change), .clockStep(step), .event(.configurationChange(changed)),
            .checkpoint(Checkpoint(heads: head, ledgerHeight: 8, ledgerHash: .zero)),
        ] { try add(.device, body) }
    }

    private mutating func shortSession() throws {
        let records = try device.session(one, kilowattHours: 1, register: below(5_000_000))
        chains[1] += records
    }

    /// The device comes back from an old image.
    private mutating func loseRecords() throws {
        guard let head = device.heads[one] else { return }
        let lost = 1 + random.next() % 5
        var record = device.next(
            one,
            .rollbackDetected(
                RollbackDetected(
                    journalSequence: head.sequence, journalHash: head.hash, provedSequence: head.sequence + lost,
                    ledgerHeight: 9)))
        record.sequence = head.sequence + lost + 1
        record.previous = RecordHash(hashing: [UInt8(lost)])
        chains[1].append(try device.append(record))
    }

    private mutating func changeLedger() throws {
        let (old, new) = (device.ledger, try LedgerChainID("wattseal-next"))
        for chain in [.device, one] {
            try add(chain, .close(Close(newLedger: new, anchorHeight: 5, anchorHash: .zero)))
        }
        device.ledger = new
        for chain in [.device, one] {
            try add(chain, .open(Open(oldLedger: old, newLedger: new, anchorHeight: 5, anchorHash: .zero)))
        }
    }
}
