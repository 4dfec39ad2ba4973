import Crypto
import Quantities
import RecordSamples
import SignedRecords
import Testing

/// The chain rules, one broken at a time: each row names the rule that must refuse it.
struct ChainVerifierTests {
    var device: SampleDevice
    let one = ChainNumber.connector(1)

    init() throws { device = try SampleDevice() }

    private func connector() throws -> ChainVerifier {
        try ChainVerifier(
            connector: one, genesis: device.genesis, keys: try KeyHistory(ed25519: device.publicKeys.ed25519))
    }

    private func expect(
        _ fault: ChainFault, _ body: RecordBody, after verifier: ChainVerifier, from device: SampleDevice,
        chain: ChainNumber = .connector(1), location: SourceLocation = #_sourceLocation
    ) throws {
        var verifier = verifier
        var device = device
        let signed = try device.append(chain, body)
        let expected = RecordError.chain(chain, sequence: signed.record.sequence, problem: fault)
        #expect(throws: expected, sourceLocation: location) { try verifier.accept(signed) }
    }

    @Test mutating func acceptsWholeSessionsAndChanges() throws {
        var own = try ChainVerifier(genesis: device.genesis)
        var verifier = try connector()
        for signed in try device.session(one, kilowattHours: 3, pauses: true) { try verifier.accept(signed) }
        #expect(verifier.endedSessions == 1)
        #expect(verifier.openSession == nil)
        try own.accept(try device.changeKeys(seed: 9))
        verifier.keys = own.keys
        for signed in try device.session(one, kilowattHours: 1) { try verifier.accept(signed) }
        let close = Close(newLedger: try LedgerChainID("next"), anchorHeight: 7, anchorHash: .zero)
        try verifier.accept(try device.append(one, .close(close)))
        let old = device.ledger
        device.ledger = close.newLedger
        let open = Open(oldLedger: old, newLedger: close.newLedger, anchorHeight: 7, anchorHash: .zero)
        try verifier.accept(try device.append(one, .open(open)))
        #expect(verifier.ledger == close.newLedger)
        for signed in try device.session(one, kilowattHours: 1) { try verifier.accept(signed) }
        #expect(verifier.endedSessions == 3)
    }

    @Test mutating func refusesWrongPlaces() throws {
        var verifier = try connector()
        let session = try device.session(one, kilowattHours: 2)
        try verifier.accept(session[0])
        func refuse(_ signed: SignedRecord, _ fault: ChainFault) {
            var copy = verifier
            let sequence = signed.record.sequence
            let chain = signed.record.chain
            #expect(throws: RecordError.chain(chain, sequence: sequence, problem: fault)) { try copy.accept(signed) }
        }
        refuse(session[0], .wrongSequence(expected: 2, found: 1))
        refuse(session[2], .wrongSequence(expected: 2, found: 3))
        var forger = try SampleDevice()
        var record = session[1].record
        record.previous = .zero
        refuse(try forger.append(record), .wrongPrevious(expected: session[0].hash, found: .zero))
        record = session[1].record
        record.chain = .connector(2)
        refuse(try forger.append(record), .wrongChain(expected: one, found: .connector(2)))
        record = session[1].record
        record.device = .zero
        refuse(try forger.append(record), .wrongDevice(expected: device.device, found: .zero))
        record = session[1].record
        record.keyEpoch = 2
        refuse(try forger.append(record), .unknownKeyEpoch(2))
        forger.ledger = try LedgerChainID("other")
        refuse(try forger.append(session[1].record), .signature(.signatureMismatch))
        var stranger = try SampleDevice(seed: 2)
        refuse(try stranger.append(session[1].record), .signature(.signatureMismatch))
    }

    @Test mutating func firstRecordStandsBehindGenesis() throws {
        var first = device.next(one, .event(.faultLatched(FaultLatched(code: 1))))
        first.previous = .zero
        var copy = device
        var verifier = try connector()
        let wrong = try copy.append(first)
        let fault = ChainFault.wrongPrevious(expected: device.genesis.hash, found: .zero)
        #expect(throws: RecordError.chain(one, sequence: 1, problem: fault)) { try verifier.accept(wrong) }
        #expect(throws: RecordError.self) {
            try ChainVerifier(connector: .connector(3), genesis: device.genesis, keys: verifier.keys)
        }
        #expect(throws: RecordError.self) {
            try ChainVerifier(connector: .device, genesis: device.genesis, keys: verifier.keys)
        }
    }

    @Test func genesisVouchesForBothKeys() throws {
        guard case .genesis(let body) = device.genesis.record.body else { return }
        func verify(_ change: (inout Record, inout Genesis) -> Void) -> RecordError? {
            var record = device.genesis.record
            var genesis = body
            change(&record, &genesis)
            record.body = .genesis(genesis)
            do {
                let signed = try SignedRecord(signing: record, key: device.key, ledger: device.ledger)
                _ = try ChainVerifier(genesis: signed)
                return nil
            } catch { return error }
        }
        func fault(_ problem: ChainFault) -> RecordError { .chain(.device, sequence: 1, problem: problem) }
        #expect(verify { _, _ in } == nil)
        #expect(verify { $1.p256Signature[5] ^= 1 } == fault(.crossSignature))
        #expect(verify { $1.p256PublicKey[20] ^= 1 } == fault(.crossSignature))
        #expect(verify { record, _ in record.device = .zero } == fault(.genesisDevice))
        #expect(verify { record, _ in record.keyEpoch = 2 } == fault(.unknownKeyEpoch(2)))
        #expect(verify { record, _ in record.previous = device.genesis.hash } != nil)
        let second = RecordError.chain(.device, sequence: 2, problem: .wrongSequence(expected: 1, found: 2))
        #expect(verify { record, _ in record.sequence = 2 } == second)
        // Another device's keys in the body, signed by this one's key.
        #expect(
            verify { record, genesis in
                genesis.ed25519PublicKey = [UInt8](repeating: 0x42, count: 32)
                record.device = DeviceID(hashing: genesis.ed25519PublicKey)
            } == fault(.crossSignature))
    }

    @Test mutating func sumsAreChecked() throws {
        var verifier = try connector()
        let begin = device.begin(one, register: 5_000_000)
        try verifier.accept(try device.append(one, .begin(begin)))
        let first = SampleDevice.tick(begin.session, index: 1, base: 5_000_000)
        var tick = first
        tick.energy = MilliwattHours(1_000_251)
        try expect(.wrongEnergy(expected: 1_000_250, found: 1_000_251), .tick(tick), after: verifier, from: device)
        tick = first
        tick.index = 2
        try expect(.wrongTickIndex(expected: 1, found: 2), .tick(tick), after: verifier, from: device)
        tick = first
        tick.count = 2
        try expect(.wrongTickCount(expected: 1, found: 2), .tick(tick), after: verifier, from: device)
        tick = first
        tick.session = .zero
        try expect(.wrongSession(expected: begin.session, found: .zero), .tick(tick), after: verifier, from: device)
        // 999 999 mWh is no kWh: a tick's reading is at or above its boundary.
        let early = SampleDevice.tick(begin.session, index: 1, base: 5_000_000, extra: -1)
        try expect(.wrongTickIndex(expected: 1, found: 1), .tick(early), after: verifier, from: device)
        try verifier.accept(try device.append(one, .tick(first)))
        try expect(.wrongTickIndex(expected: 2, found: 1), .tick(first), after: verifier, from: device)
        let low = End(
            session: begin.session, reason: .car, reading: SampleDevice.reading(5_999_999),
            energy: MilliwattHours(999_999), ticks: 1)
        try expect(.registerFell(from: 6_000_250, to: 5_999_999), .end(low), after: verifier, from: device)
        var end = End(
            session: begin.session, reason: .car, reading: SampleDevice.reading(6_500_000),
            energy: MilliwattHours(1_500_000), ticks: 1)
        end.ticks = 2
        try expect(.wrongTickIndex(expected: 1, found: 2), .end(end), after: verifier, from: device)
        end.ticks = 1
        end.energy = MilliwattHours(1_500_001)
        try expect(.wrongEnergy(expected: 1_500_000, found: 1_500_001), .end(end), after: verifier, from: device)
        end.energy = MilliwattHours(1_500_000)
        // Several boundaries at once: the highest, with the count.
        var many = SampleDevice.tick(begin.session, index: 4, base: 5_000_000)
        many.count = 3
        many.status = [.meterHealthy, .recovered]
        try verifier.accept(try device.append(one, .tick(many)))
        #expect(verifier.openSession?.ticks == 4)
    }

    @Test mutating func rolloverResetAndGap() throws {
        var verifier = try connector()
        let begin = device.begin(one, register: 99_000_000)
        try verifier.accept(try device.append(one, .begin(begin)))
        let session = begin.session
        let rollover = Rollover(
            session: session, lastImport: MilliwattHours(99_400_000), reading: SampleDevice.reading(100_000),
            modulus: MilliwattHours(100_000_000))
        try verifier.accept(try device.append(one, .rollover(rollover)))
        #expect(verifier.openSession?.energy == MilliwattHours(1_100_000))
        let tick = Tick(
            session: session, index: 1, count: 1, reading: SampleDevice.reading(200_000),
            energy: MilliwattHours(1_200_000), readErrors: 1, status: [])
        try verifier.accept(try device.append(one, .tick(tick)))
        let stale = Gap(
            session: session, reason: .meterSilent, milliseconds: 5, lastImport: MilliwattHours(150_000),
            reading: SampleDevice.reading(300_000))
        let total = Int64(100_000_000)
        try expect(
            .registerFell(from: total + 200_000, to: total + 150_000), .gap(stale), after: verifier, from: device)
        let gap = Gap(
            session: session, reason: .meterSilent, milliseconds: 5, lastImport: MilliwattHours(200_000),
            reading: SampleDevice.reading(300_000))
        try verifier.accept(try device.append(one, .gap(gap)))
        let reset = Reset(
            session: session, lastImport: MilliwattHours(310_000), reading: SampleDevice.reading(7))
        try verifier.accept(try device.append(one, .reset(reset)))
        #expect(verifier.openSession?.energy == MilliwattHours(1_310_000))
        try expect(.wrongKindInSession(.tick), .tick(tick), after: verifier, from: device)
        try expect(.wrongKindInSession(.gap), .gap(gap), after: verifier, from: device)
        let end = End(
            session: session, reason: .meterDistrust, reading: SampleDevice.reading(10),
            energy: MilliwattHours(1_310_003), ticks: 1)
        try verifier.accept(try device.append(one, .end(end)))
    }

    @Test mutating func sumsThatDoNotFitAreRefused() throws {
        var verifier = try connector()
        let begin = device.begin(one, register: .max - 2)
        try verifier.accept(try device.append(one, .begin(begin)))
        let rollover = Rollover(
            session: begin.session, lastImport: MilliwattHours(.max - 1), reading: SampleDevice.reading(9),
            modulus: MilliwattHours(.max))
        try expect(.energyOutOfRange, .rollover(rollover), after: verifier, from: device)
    }

    @Test mutating func kindsStandWhereTheyBelong() throws {
        let outside = try connector()
        var inside = outside
        let before = device
        let begin = device.begin(one, register: 0)
        try inside.accept(try device.append(one, .begin(begin)))
        let own = try ChainVerifier(genesis: device.genesis)
        let inSession: Set<RecordKind> = [.tick, .pause, .resume, .end, .gap, .rollover, .reset]
        let both: Set<RecordKind> = [.rollbackDetected]
        for body in try device.everyBody(full: true) {
            let kind = body.kind
            // A sub-kind decides for events.
            if kind == .event { continue }
            if inSession.contains(kind) {
                try expect(.wrongKindOutsideSession(kind), body, after: outside, from: before)
            } else if !both.contains(kind), kind != .open {
                try expect(.wrongKindInSession(kind), body, after: inside, from: device)
            }
            let connectorOnly: Set<RecordKind> = [.begin, .meterChange, .voucherAcceptance]
            if connectorOnly.union(inSession).contains(kind) {
                try expect(.wrongKindForChain(kind), body, after: own, from: before, chain: .device)
            }
            let deviceOnly: Set<RecordKind> = [.genesis, .checkpoint, .clockStep, .keyChange, .firmwareChange]
            if deviceOnly.contains(kind) { try expect(.wrongKindForChain(kind), body, after: outside, from: before) }
        }
        try expect(.secondGenesis, device.genesis.record.body, after: own, from: before, chain: .device)
        let wear = RecordBody.event(
            .wear(
                Wear(operations: 1, openingsUnderLoad: 0, closingMicroseconds: 0, openingMicroseconds: 0, usedLife: 0)))
        try expect(.wrongKindInSession(.event), wear, after: inside, from: device)
        try expect(.wrongKindForChain(.event), wear, after: own, from: before, chain: .device)
        let action = RecordBody.event(
            .technicianAction(TechnicianAction(technician: .zero, action: "", subject: "", succeeded: true)))
        try expect(.wrongKindForChain(.event), action, after: outside, from: before)
        try expect(.wrongKindInSession(.event), action, after: inside, from: device)
        let pause = RecordBody.pause(Pause(session: begin.session, reason: .car))
        try inside.accept(try device.append(one, pause))
        try expect(.pauseState, pause, after: inside, from: device)
        let resume = RecordBody.resume(Resume(session: begin.session))
        try inside.accept(try device.append(one, resume))
        try expect(.pauseState, resume, after: inside, from: device)
    }

    @Test mutating func beginIsDerivedAndOfThisLedgerAndFactor() throws {
        let verifier = try connector()
        var begin = device.begin(one, register: 0)
        begin.session = .zero
        let expected = SessionID.derive(grant: begin.grant, device: device.device, chain: one, beginSequence: 1)
        try expect(.sessionNotDerived(expected: expected), .begin(begin), after: verifier, from: device)
        begin = device.begin(one, register: 0)
        begin.energyFactor = 40
        try expect(.energyFactor(expected: 1, found: 40), .begin(begin), after: verifier, from: device)
    }

    @Test mutating func closeIsFollowedByItsOpenOnly() throws {
        var verifier = try connector()
        let old = device.ledger
        let next = try LedgerChainID("next")
        let open = Open(oldLedger: old, newLedger: next, anchorHeight: 7, anchorHash: .zero)
        var early = device
        _ = try early.append(one, .event(.faultLatched(FaultLatched(code: 1))))
        var behind = verifier
        var opener = device
        try behind.accept(try opener.append(one, .event(.faultLatched(FaultLatched(code: 1)))))
        opener.ledger = next
        try expect(.openWithoutClose, .open(open), after: behind, from: opener)
        try verifier.accept(try device.append(one, .close(Close(newLedger: next, anchorHeight: 7, anchorHash: .zero))))
        try expect(
            .afterClose(.event), .event(.faultLatched(FaultLatched(code: 1))), after: verifier, from: device)
        var wrong = open
        wrong.anchorHeight = 8
        device.ledger = next
        try expect(.openDoesNotMatchClose, .open(wrong), after: verifier, from: device)
        // Signed for the old ledger it is no open.
        device.ledger = old
        try expect(.signature(.signatureMismatch), .open(open), after: verifier, from: device)
    }

    @Test mutating func keyChangeNeedsAllSignatures() throws {
        let own = try ChainVerifier(genesis: device.genesis)
        var changer = device
        guard case .keyChange(let good) = try changer.changeKeys(seed: 9).record.body else { return }
        var body = good
        body.newKeySignature[0] ^= 1
        try expect(.keyChangeSignature, .keyChange(body), after: own, from: device, chain: .device)
        body = good
        body.p256Signature[0] ^= 1
        try expect(.crossSignature, .keyChange(body), after: own, from: device, chain: .device)
        body = good
        body.newEpoch = 3
        try expect(.keyChangeEpoch(expected: 2, found: 3), .keyChange(body), after: own, from: device, chain: .device)
        // The new key's signature names its place: it does not fit one record further on.
        var later = device
        var moved = own
        let checkpoint = Checkpoint(heads: [], ledgerHeight: 0, ledgerHash: .zero)
        try moved.accept(try later.append(.device, .checkpoint(checkpoint)))
        try expect(.keyChangeSignature, .keyChange(good), after: moved, from: later, chain: .device)
        // After the change the old key signs nothing.
        var changed = own
        try changed.accept(try device.changeKeys(seed: 9))
        var old = device.next(.device, .checkpoint(checkpoint))
        old.keyEpoch = 1
        let signed = try SignedRecord(signing: old, key: device.key, ledger: device.ledger)
        #expect(throws: RecordError.self) { try changed.accept(signed) }
    }

    @Test mutating func rollbackStandsBehindItsGapOnly() throws {
        var verifier = try connector()
        let session = try device.session(one, kilowattHours: 2)
        for signed in session.prefix(2) { try verifier.accept(signed) }
        let body = RollbackDetected(
            journalSequence: 2, journalHash: session[1].hash, provedSequence: 4, ledgerHeight: 9)
        var record = device.next(one, .rollbackDetected(body))
        record.sequence = 5
        record.previous = session[3].hash
        func accept(_ record: Record, _ verifier: ChainVerifier) throws -> ChainVerifier {
            var verifier = verifier
            var signer = device
            try verifier.accept(try signer.append(record))
            return verifier
        }
        // The device's view, with the hole; and the ledger's view, which has every record.
        let behind = try accept(record, verifier)
        #expect(behind.openSession == nil)
        var whole = try connector()
        for signed in session { try whole.accept(signed) }
        _ = try accept(record, whole)
        let fault = RecordError.chain(one, sequence: 6, problem: .rollbackNotBehindGap)
        var wrong = record
        wrong.sequence = 6
        #expect(throws: fault) { try accept(wrong, verifier) }
        var other = body
        other.journalHash = .zero
        wrong = record
        wrong.body = .rollbackDetected(other)
        #expect(throws: RecordError.self) { try accept(wrong, verifier) }
        wrong = record
        wrong.body = .event(.faultLatched(FaultLatched(code: 1)))
        #expect(throws: RecordError.self) { try accept(wrong, verifier) }
    }

    @Test mutating func readingFromTheMiddleSkipsToWhatItCanCheck() throws {
        let keys = try KeyHistory(ed25519: device.publicKeys.ed25519)
        let session = try device.session(one, kilowattHours: 3)
        let next = try device.session(one, kilowattHours: 1)
        var verifier = ChainVerifier(
            resuming: one, of: device.device, behind: nil, keys: keys, ledger: device.ledger, isOutsideSession: false)
        for signed in session.dropFirst(2) + next { try verifier.accept(signed) }
        #expect(verifier.endedSessions == 2)
        // Behind a known head it must chain.
        var behind = ChainVerifier(
            resuming: one, of: device.device, behind: session[0].head, keys: keys, ledger: device.ledger,
            isOutsideSession: false)
        #expect(throws: RecordError.self) { try behind.accept(session[2]) }
    }
}
