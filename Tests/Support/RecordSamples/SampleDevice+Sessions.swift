import Quantities
public import SignedRecords

/// Bodies and whole sessions for tests.
extension SampleDevice {
    public static let meter = MeterIdentity(
        vendor: "Eastron", model: "SDM630", serial: "23456789", profileID: "eastron-sdm630",
        profileHash: ContentHash(hashing: [3]), trust: .vendorDocument)

    public static func reading(_ register: Int64) -> RegisterReading {
        let bits = UInt32(truncatingIfNeeded: register)
        return RegisterReading(
            import: MilliwattHours(register),
            evidence: RegisterEvidence(
                functionCode: 4, address: 0x0048,
                words: [UInt16(bits >> 16), UInt16(truncatingIfNeeded: bits)]),
            elapsedMicroseconds: 12_345)
    }

    /// A begin body for the next place of a connector's chain.
    public func begin(_ chain: ChainNumber, register: Int64, grant: GrantHash? = nil) -> Begin {
        let sequence = (heads[chain]?.sequence ?? 0) + 1
        let grant = grant ?? GrantHash(hashing: [UInt8(truncatingIfNeeded: sequence), 0x67])
        let head = heads[.device] ?? genesis.head
        let session = SessionID.derive(grant: grant, device: device, chain: chain, beginSequence: sequence)
        return Begin(
            session: session, grant: grant,
            payer: PayerHash.derive(account: AccountID(hashing: [0x70]), session: session),
            tariff: TariffHash(hashing: [0x74]),
            meter: SampleDevice.meter, firmwareDigest: ContentHash(hashing: [2]), deviceHead: head.hash,
            deviceHeadSequence: head.sequence, reading: SampleDevice.reading(register),
            energyLimit: MilliwattHours(50_000_000), energyFactor: 1)
    }

    public static func tick(_ session: SessionID, index: UInt32, base: Int64, extra: Int64 = 250) -> Tick {
        let energy = Int64(index) * 1_000_000 + extra
        return Tick(
            session: session, index: index, count: 1, reading: reading(base + energy), energy: MilliwattHours(energy),
            readErrors: 0, status: [.meterHealthy, .contactorClosed])
    }

    /// A whole session of so many kWh; returns its records in order.
    @discardableResult
    public mutating func session(
        _ chain: ChainNumber, kilowattHours: UInt32, register: Int64 = 5_000_000, pauses: Bool = false
    ) throws -> [SignedRecord] {
        var records: [SignedRecord] = []
        let opening = begin(chain, register: register)
        records.append(try append(chain, .begin(opening)))
        for index in 0..<kilowattHours {
            let tick = SampleDevice.tick(opening.session, index: index + 1, base: register)
            records.append(try append(chain, .tick(tick)))
            if pauses, index == 0 {
                records.append(try append(chain, .pause(Pause(session: opening.session, reason: .car))))
                records.append(try append(chain, .resume(Resume(session: opening.session))))
            }
        }
        let energy = Int64(kilowattHours) * 1_000_000 + 300_000
        let end = End(
            session: opening.session, reason: .car, reading: SampleDevice.reading(register + energy),
            energy: MilliwattHours(energy), ticks: kilowattHours)
        records.append(try append(chain, .end(end)))
        return records
    }

    /// One body of every kind, with optional fields present or absent; sessions and links do not fit together.
    public func everyBody(full: Bool) throws -> [RecordBody] {
        let session = SessionID(exactly: [UInt8](repeating: 7, count: 16))
        let reading =
            full
            ? RegisterReading(
                import: MilliwattHours(9_000), evidence: RegisterEvidence(functionCode: 3, address: 1, words: [1, 2]),
                confirmation: RegisterEvidence(
                    functionCode: 4, address: 0xFFFF, words: [UInt16](repeating: 0xABCD, count: 8)),
                elapsedMicroseconds: 77)
            : SampleDevice.reading(9_000)
        let technician = ContentHash(hashing: [0x71])
        let other = try LedgerChainID("other-ledger")
        guard case .genesis(let genesisBody) = genesis.record.body else { return [] }
        let change = KeyChange(
            newEpoch: 2, ed25519PublicKey: [UInt8](repeating: 1, count: 32),
            p256PublicKey: [UInt8](repeating: 2, count: 65), p256Signature: [UInt8](repeating: 3, count: 64),
            newKeySignature: [UInt8](repeating: 4, count: 64))
        return [
            .genesis(genesisBody),
            .begin(begin(.connector(1), register: 10)),
            .tick(SampleDevice.tick(session, index: 1, base: 0)),
            .pause(Pause(session: session, reason: .limit)),
            .resume(Resume(session: session)),
            .end(
                End(
                    session: session, reason: .fault, reading: reading, energy: MilliwattHours(0), ticks: 0,
                    faultCode: full ? 0xFFFF : nil)),
            .event(.faultLatched(FaultLatched(code: 12, value: full ? -40 : 0))),
            .event(
                .faultCleared(
                    FaultCleared(code: 12, by: full ? .technician : .restart, technician: full ? technician : nil))),
            .event(
                .wear(
                    Wear(
                        operations: 1, openingsUnderLoad: 2, closingMicroseconds: 3, openingMicroseconds: 4,
                        usedLife: 10_001))),
            .event(
                .residualSelfTest(ResidualSelfTest(part: .both, passed: full, tripMicroseconds: full ? 25_000 : nil))),
            .event(
                .technicianAction(
                    TechnicianAction(
                        technician: technician, action: "weld reset", subject: "connector \"1\" \\ é",
                        succeeded: full,
                        shell: full
                            ? ShellAct(
                                role: .vendor, name: "Ada \"é\"", arguments: ContentHash(hashing: [7]), outcome: .done,
                                boot: BootID(exactly: [UInt8](repeating: 9, count: 16)), sinceBoot: .max)
                            : nil))),
            .event(
                .configurationChange(
                    ConfigurationChange(subject: "board", before: .zero, after: ContentHash(hashing: [9])))),
            .checkpoint(
                Checkpoint(
                    heads: full
                        ? [
                            Checkpoint.Head(chain: .connector(1), head: ChainHead(sequence: 4, hash: .zero)),
                            Checkpoint.Head(chain: .connector(2), head: ChainHead(sequence: 9, hash: .zero)),
                        ] : [],
                    ledgerHeight: 8, ledgerHash: .zero)),
            .meterChange(
                MeterChange(
                    before: SampleDevice.meter, lastImport: full ? MilliwattHours(4) : nil, after: SampleDevice.meter,
                    reading: reading, technician: full ? technician : nil)),
            .rollover(
                Rollover(
                    session: session, lastImport: MilliwattHours(99_000), reading: reading,
                    modulus: MilliwattHours(100_000))),
            .reset(Reset(session: session, lastImport: MilliwattHours(10_000), reading: reading)),
            .clockStep(
                ClockStep(
                    before: full ? UTCMilliseconds(0) : nil, after: UTCMilliseconds.latest, source: .timeService)),
            .keyChange(change),
            .firmwareChange(
                FirmwareChange(
                    before: .zero, after: technician, version: "1.2.3", outcome: .confirmed, securityCounter: 3,
                    overriddenBy: full ? technician : nil)),
            .gap(
                Gap(
                    session: session, reason: .meterSilent, milliseconds: .max, lastImport: MilliwattHours(8_999),
                    reading: reading)),
            .voucherAcceptance(
                VoucherAcceptance(
                    payer: owner, amount: Microunits(5), tariff: .zero, expiry: UTCMilliseconds(9),
                    voucher: [UInt8](repeating: 5, count: full ? 2_048 : 1),
                    answer: full
                        ? BearerAnswer(
                            challenge: [UInt8](repeating: 6, count: 32), signature: [UInt8](repeating: 7, count: 64))
                        : nil)),
            .rollbackDetected(
                RollbackDetected(journalSequence: 4, journalHash: .zero, provedSequence: 9, ledgerHeight: 100)),
            .close(Close(newLedger: other, anchorHeight: 1, anchorHash: .zero)),
            .open(Open(oldLedger: ledger, newLedger: other, anchorHeight: 1, anchorHash: .zero)),
        ]
    }
}
