import Quantities
import RecordSamples
import SignedRecords
import Testing

/// Records: every kind encodes, decodes strictly, and fits where it must.
struct RecordTests {
    static func record(_ body: RecordBody, chain: ChainNumber = .connector(1)) throws -> Record {
        let device = try SampleDevice()
        return Record(
            device: device.device, chain: chain, sequence: 5, previous: device.genesis.hash, keyEpoch: 1,
            time: SampleDevice.time(42), body: body)
    }

    @Test(arguments: [true, false]) func everyKindRoundTrips(full: Bool) throws {
        let device = try SampleDevice()
        let bodies = try device.everyBody(full: full)
        #expect(Set(bodies.map(\.kind)) == Set(RecordKind.allCases))
        for body in bodies {
            let record = try RecordTests.record(body)
            #expect(try Record(decodingPayload: record.encodePayload()) == record)
            let signed = try SignedRecord(signing: record, key: device.key, ledger: device.ledger)
            let again = try SignedRecord(decoding: signed.message)
            #expect(again == signed)
            try again.verify(ed25519: device.publicKeys.ed25519, ledger: device.ledger)
            #expect(signed.message.count <= Record.maximumMessageBytes)
        }
    }

    /// Every field of every kind is needed, and no other is taken: the strictness of each body's decoder.
    @Test func missingAndExtraFieldsAreRefused() throws {
        let device = try SampleDevice()
        for body in try device.everyBody(full: false) {
            let record = try RecordTests.record(body)
            guard case .map(let top) = try CBOR.decode(record.encodePayload()) else { continue }
            for entry in top.entries {
                let less = top.entries.filter { $0.key != entry.key }.map { ($0.key, $0.value) }
                refuse(.map(CBORMap(distinctKeys: less)), "\(body.kind) without \(entry.key)")
            }
            let more = top.entries.map { ($0.key, $0.value) } + [(CBOR.unsigned(10), CBOR.null)]
            refuse(.map(CBORMap(distinctKeys: more)), "\(body.kind) with field 10")
            guard case .map(let inner)? = top[.unsigned(9)] else { continue }
            for entry in inner.entries {
                let less = inner.entries.filter { $0.key != entry.key }.map { ($0.key, $0.value) }
                refuse(replacing(9, in: top, by: .map(CBORMap(distinctKeys: less))), "\(body.kind): no \(entry.key)")
            }
            let odd = inner.entries.map { ($0.key, $0.value) } + [(CBOR.unsigned(99), CBOR.null)]
            refuse(replacing(9, in: top, by: .map(CBORMap(distinctKeys: odd))), "\(body.kind): field 99")
        }
    }

    private func refuse(_ item: CBOR, _ what: String) {
        #expect(throws: RecordError.self, "\(what)") { try Record(decodingPayload: item.encode()) }
    }

    private func replacing(_ key: UInt64, in map: CBORMap, by value: CBOR) -> CBOR {
        .map(CBORMap(distinctKeys: map.entries.map { $0.key == .unsigned(key) ? ($0.key, value) : ($0.key, $0.value) }))
    }

    /// A flipped bit is refused, or gives another record that encodes to the flipped bytes: never the same record twice.
    @Test func flippedPayloadsStayCanonical() throws {
        let device = try SampleDevice()
        for body in try device.everyBody(full: true) where body.kind != .voucherAcceptance {
            let payload = try RecordTests.record(body).encodePayload()
            for bit in 0..<payload.count * 8 {
                var flipped = payload
                flipped[bit / 8] ^= 1 << UInt8(bit % 8)
                if let record = try? Record(decodingPayload: flipped) { #expect(record.encodePayload() == flipped) }
            }
            for count in stride(from: 0, to: payload.count, by: 1) {
                #expect(throws: RecordError.self) { try Record(decodingPayload: Array(payload[..<count])) }
            }
        }
    }

    @Test func worstTickFitsOneSlot() throws {
        let device = try SampleDevice()
        let words = [UInt16](repeating: 0xFFFF, count: 12)
        let evidence = RegisterEvidence(functionCode: 255, address: 0xFFFF, words: words)
        let reading = RegisterReading(
            import: MilliwattHours(.max), evidence: evidence, confirmation: evidence, elapsedMicroseconds: .max)
        let tick = Tick(
            session: SessionID(exactly: [UInt8](repeating: 255, count: 16)), index: .max, count: .max,
            reading: reading, energy: MilliwattHours(.max), readErrors: .max, status: .all)
        let time = RecordTime(
            utc: .latest, quality: .synchronised, monotonic: .max,
            boot: BootID(exactly: [UInt8](repeating: 255, count: 16)), bootCount: .max)
        let record = Record(
            device: device.device, chain: ChainNumber(rawValue: .max), sequence: .max, previous: device.genesis.hash,
            keyEpoch: .max, time: time, body: .tick(tick))
        let signed = try SignedRecord(signing: record, key: device.key, ledger: device.ledger)
        #expect(signed.message.count <= Tick.maximumMessageBytes)
        // The exact size is part of the format: it moves only when a field does.
        #expect(signed.message.count == 363)
    }

    @Test func outOfRangeContentIsNeverSigned() throws {
        let device = try SampleDevice()
        let session = SessionID.zero
        let long = String(repeating: "x", count: 33)
        var meter = SampleDevice.meter
        meter.vendor = long
        var begin = device.begin(.connector(1), register: 1)
        begin.meter = meter
        var freeBegin = device.begin(.connector(1), register: 1)
        freeBegin.energyFactor = 0
        let negative = SampleDevice.reading(-1)
        let bodies: [RecordBody] = [
            .begin(begin), .begin(freeBegin),
            .end(End(session: session, reason: .car, reading: negative, energy: .zero, ticks: 0)),
            .end(
                End(
                    session: session, reason: .car, reading: SampleDevice.reading(1), energy: MilliwattHours(-1),
                    ticks: 0)),
            .tick(
                Tick(
                    session: session, index: 1, count: 1, reading: SampleDevice.reading(1), energy: .zero,
                    readErrors: 0, status: TickStatus(rawValue: 8))),
            .rollover(
                Rollover(
                    session: session, lastImport: MilliwattHours(5), reading: SampleDevice.reading(5),
                    modulus: MilliwattHours(9))),
            .rollover(
                Rollover(
                    session: session, lastImport: MilliwattHours(9), reading: SampleDevice.reading(5),
                    modulus: MilliwattHours(9))),
            .reset(Reset(session: session, lastImport: MilliwattHours(5), reading: SampleDevice.reading(5))),
            .event(.faultCleared(FaultCleared(code: 1, by: .technician))),
            .event(.faultCleared(FaultCleared(code: 1, by: .restart, technician: .zero))),
            .clockStep(ClockStep(before: nil, after: UTCMilliseconds(-1), source: .unknown)),
            .rollbackDetected(
                RollbackDetected(journalSequence: 5, journalHash: .zero, provedSequence: 5, ledgerHeight: 1)),
            .voucherAcceptance(
                VoucherAcceptance(
                    payer: .zero, amount: .zero, tariff: .zero, expiry: UTCMilliseconds(1), voucher: [])),
            .checkpoint(
                Checkpoint(
                    heads: [Checkpoint.Head(chain: .device, head: ChainHead(sequence: 1, hash: .zero))],
                    ledgerHeight: 0, ledgerHash: .zero)),
        ]
        for body in bodies {
            let record = try RecordTests.record(body)
            #expect(throws: RecordError.self, "\(body)") {
                try SignedRecord(signing: record, key: device.key, ledger: device.ledger)
            }
        }
        var numberless = try RecordTests.record(.resume(Resume(session: session)))
        numberless.sequence = 0
        #expect(throws: RecordError.invalidSequence(0)) {
            try SignedRecord(signing: numberless, key: device.key, ledger: device.ledger)
        }
        var timeless = try RecordTests.record(.resume(Resume(session: session)))
        timeless.time.utc = nil
        #expect(throws: RecordError.self) {
            try SignedRecord(signing: timeless, key: device.key, ledger: device.ledger)
        }
    }

    @Test func sessionIDIsDerivedAsWritten() throws {
        let id = SessionID.derive(
            grant: GrantHash(exactly: [UInt8](repeating: 1, count: 32)),
            device: DeviceID(exactly: [UInt8](repeating: 2, count: 32)), chain: .connector(3), beginSequence: 300)
        // SHA-256 of 84 5820 01… 5820 02… 03 19012c
        var text: [UInt8] = [0x84, 0x58, 0x20]
        text += [UInt8](repeating: 1, count: 32) + [0x58, 0x20] + [UInt8](repeating: 2, count: 32)
        text += [0x03, 0x19, 0x01, 0x2C]
        #expect(id.bytes == Array(ContentHash(hashing: text).bytes.prefix(16)))
    }

    @Test func identifiersRefuseWrongLengthsAndText() {
        #expect(throws: RecordError.wrongLength(of: "device id", expected: 32, found: 31)) {
            try DeviceID([UInt8](repeating: 0, count: 31))
        }
        #expect(throws: RecordError.notHexadecimal(of: "boot id")) { try BootID(hex: "xy") }
        #expect(throws: RecordError.self) { try LedgerChainID("") }
        #expect(throws: RecordError.self) { try LedgerChainID(String(repeating: "a", count: 51)) }
        #expect(throws: RecordError.self) { try LedgerChainID("a b") }
        #expect(throws: Never.self) { try LedgerChainID(String(repeating: "a", count: 50)) }
    }

    @Test func jsonLineHasEveryFieldAndEscapes() throws {
        let device = try SampleDevice()
        let action = TechnicianAction(technician: .zero, action: "a\"b", subject: "c\\d", succeeded: true)
        let record = try RecordTests.record(.event(.technicianAction(action)), chain: .device)
        let line = try SignedRecord(signing: record, key: device.key, ledger: device.ledger).jsonLine
        #expect(line.hasPrefix("{\"hash\":\""))
        #expect(line.contains("\"kind\":\"event\""))
        #expect(line.contains("\"action\":\"a\\\"b\",\"subject\":\"c\\\\d\",\"succeeded\":true"))
        #expect(line.contains("\"time\":{\"utc_ms\":1800000000042,\"quality\":\"synchronised\""))
    }

    @Test func anActionHasSucceededExactlyWhereItIsDone() throws {
        for (outcome, succeeded) in [
            (ShellAct.Outcome.begun, true), (.refused, true), (.cutShort, true), (.done, false),
        ] {
            let action = TechnicianAction(
                technician: .zero, action: "stop", subject: "stop", succeeded: succeeded,
                shell: ShellAct(
                    role: .service, name: "Ada", arguments: .zero, outcome: outcome, boot: .zero, sinceBoot: 1))
            let record = try RecordTests.record(.event(.technicianAction(action)), chain: .device)
            #expect(throws: (any Error).self) { try Record(decodingPayload: record.encodePayload()) }
        }
    }
}
