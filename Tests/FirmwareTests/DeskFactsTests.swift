import ChargeControl
import Journal
import LightClient
import Metering
import Quantities
import SignedRecords
import Synchronization
import Testing

@testable import Firmware
@testable import PlatformLink

/// The records of chain 0 that follow from holding what the records say against what is.
@Suite("What the records say against what is")
struct DeskFactsTests {
    private func subject(_ name: String, _ content: UInt8) -> ConfigurationSubject {
        ConfigurationSubject(name: name, digest: ContentHash(hashing: [content]))
    }

    private func device(_ rig: DeskRig) throws -> [RecordBody] {
        try rig.desk.journal.records(of: .device).map(\.record.body)
    }

    /// Starts again and proves all heads.
    private func start(_ rig: DeskRig, boot: UInt8 = 9) throws {
        try rig.restart(boot: boot)
        try rig.desk.start(keysAreNew: rig.madeKeys)
        rig.prove(.device)
        for connector in rig.desk.connectors { rig.prove(connector.chain) }
    }

    private func changes(_ rig: DeskRig) throws -> [ConfigurationChange] {
        try device(rig).compactMap { if case .event(.configurationChange(let change)) = $0 { change } else { nil } }
    }

    // MARK: Configuration

    @Test("the first start states each subject, later ones what differs, and what is gone")
    func configuration() throws {
        let rig = try DeskRig()
        rig.configuration = [subject("configuration", 1), subject("limits", 2), subject("mains meter", 3)]
        try start(rig)
        let first = try changes(rig)
        #expect(first.map(\.subject) == ["configuration", "limits", "mains meter"])
        #expect(first.allSatisfy { $0.before == .zero })
        try start(rig)
        #expect(try changes(rig).count == 3, "nothing has changed")
        rig.configuration = [subject("configuration", 1), subject("limits", 9)]
        try start(rig)
        #expect(
            try changes(rig).dropFirst(3) == [
                ConfigurationChange(
                    subject: "limits", before: ContentHash(hashing: [2]), after: ContentHash(hashing: [9])),
                ConfigurationChange(subject: "mains meter", before: ContentHash(hashing: [3]), after: .zero),
            ])
        try start(rig)
        #expect(try changes(rig).count == 5)
        rig.configuration.append(subject("mains meter", 3))
        try start(rig)
        #expect(try changes(rig).last?.before == .zero)
    }

    @Test("a stop before the record, or an unproved chain, only delays it")
    func delayed() throws {
        let rig = try DeskRig()
        try start(rig)
        rig.configuration = [subject("limits", 2)]
        rig.firmware = ContentHash(hashing: [5])
        try rig.restart()
        try rig.desk.start(keysAreNew: false)
        rig.desk.rest()
        #expect(try rig.kinds(.device) == [.genesis], "nothing is signed before the head is proved")
        try start(rig)
        #expect(try rig.kinds(.device) == [.genesis, .event, .firmwareChange])
    }

    @Test(
        "the file's subjects: what limits the current, and the rest, without layout and without the addresses of the ledger's nodes"
    )
    func subjects() {
        let lines = [
            "connector[0].limits.owner_ma = 16000", "connector[0].maximum_current_ma = 32000",
            "connector[0].meter.profile = \"a\"", "home = \"device\"", "ledger.rpc = \"http://a\"",
            "ledger.witnesses[0] = \"http://b\"", "limits.owner_ma = 1", "mains.fuse_ma = 35000",
            "mains.profile = \"b\"", "supply.maximum_current_ma = 1",
        ]
        let before = ConfigurationSubject.ofFile(lines)
        #expect(before.map(\.name) == ["configuration", "limits"])
        func changed(_ index: Int) -> [Bool] {
            var other = lines
            other[index] += "9"
            return zip(before, ConfigurationSubject.ofFile(other)).map { $0 != $1 }
        }
        for index in [2, 3, 8] { #expect(changed(index) == [true, false], "\(lines[index])") }
        for index in [0, 1, 6, 7, 9] { #expect(changed(index) == [false, true], "\(lines[index])") }
        for index in [4, 5] { #expect(changed(index) == [false, false], "\(lines[index])") }
    }

    // MARK: Firmware

    @Test("another binary is put on record once, after the session that its start interrupted, before anything is sold")
    func firmware() throws {
        let rig = try DeskRig()
        try start(rig)
        try begin(rig)
        rig.firmware = ContentHash(hashing: [5])
        try start(rig)
        rig.desk.rest()
        #expect(try rig.kinds(.device) == [.genesis], "a session is open")
        rig.first.handle(.identified(DeskRig.meter, generation: 1))
        rig.read(1...1, 1_250_000)
        rig.desk.rest()
        #expect(try rig.kinds() == [.begin, .gap, .end])
        guard case .firmwareChange(let change) = try device(rig).last else {
            Issue.record("no firmware change")
            return
        }
        #expect(
            change
                == FirmwareChange(
                    before: ContentHash(hashing: [4]), after: ContentHash(hashing: [5]), version: FirmwareVersion.text,
                    outcome: .started, securityCounter: 0))
        try start(rig)
        #expect(try rig.kinds(.device) == [.genesis, .firmwareChange])
        // And back again.
        rig.firmware = ContentHash(hashing: [4])
        try start(rig)
        #expect(try rig.kinds(.device) == [.genesis, .firmwareChange, .firmwareChange])
    }

    @Test("a neighbour whose session waits for its meter delays the record, and not the other's sale")
    func neighbour() throws {
        let rig = try DeskRig(connectors: 2)
        try start(rig)
        try begin(rig)
        rig.firmware = ContentHash(hashing: [5])
        try start(rig)
        #expect(rig.desk.owesFirmwareChange)
        #expect(rig.desk.maySell(on: rig.desk.connectors[1]))
        #expect(!rig.desk.maySell(on: rig.first))
        rig.first.handle(.identified(DeskRig.meter, generation: 1))
        rig.read(1...1, 1_250_000)
        #expect(rig.desk.owesFirmwareChange && !rig.desk.maySell(on: rig.desk.connectors[1]))
        rig.desk.rest()
        #expect(!rig.desk.owesFirmwareChange && rig.desk.maySell(on: rig.desk.connectors[1]))
    }

    private func begin(_ rig: DeskRig) throws {
        rig.first.handle(.identified(DeskRig.meter, generation: 1))
        rig.first.handle(.reading(DeskRig.reading(1, 1_000_000)))
        rig.desk.handle(.grant(DeskRig.connector, try rig.grant(5_000_000)))
        try rig.look()
        let slot = try #require(rig.first.offered).slot
        rig.order(.begin(DeskRig.mark(slot, number: 1, register: 1_000_000, energy: 0)), DeskRig.reading(1, 1_000_000))
        #expect(rig.first.sale != nil)
    }

    // MARK: Checkpoint

    @Test("a checkpoint at a clean start and each day, where a head has moved, with the newest trusted block")
    func checkpoint() throws {
        let hands = Hands()
        let rig = try DeskRig()
        rig.clock = { hands.reading }
        try start(rig)
        let block = Hash.sha256([7])
        try rig.look(hash: block, height: 41)
        #expect(try rig.kinds(.device) == [.genesis], "no connector has a record")
        rig.order(.faultLatched(.contactorWelded), DeskRig.reading(1, 0))
        rig.desk.rest()
        #expect(try rig.kinds(.device) == [.genesis], "the next is due in a day")
        hands.pass(86_399_999)
        rig.desk.rest()
        #expect(try rig.kinds(.device) == [.genesis])
        hands.pass(1)
        rig.desk.rest()
        guard case .checkpoint(let checkpoint) = try device(rig).last else {
            Issue.record("no checkpoint")
            return
        }
        let head = try #require(rig.desk.journal.head(of: DeskRig.connector))
        #expect(checkpoint.heads == [Checkpoint.Head(chain: DeskRig.connector, head: head)])
        #expect(checkpoint.ledgerHeight == 41 && checkpoint.ledgerHash.bytes == block.bytes)
        // Nothing moved: none, neither a day later nor after a start.
        hands.pass(2 * 86_400_000)
        rig.desk.rest()
        try start(rig)
        try rig.look(hash: block, height: 50)
        #expect(try rig.kinds(.device) == [.genesis, .checkpoint])
        rig.order(.faultLatched(.pilotInvalid), DeskRig.reading(1, 0))
        try start(rig)
        rig.desk.rest()
        #expect(try rig.kinds(.device) == [.genesis, .checkpoint], "no block is trusted yet")
        try rig.look(hash: block, height: 51)
        try rig.look(hash: block, height: 52)
        #expect(try rig.kinds(.device) == [.genesis, .checkpoint, .checkpoint])
    }

    // MARK: Clock

    @Test("a step goes on record with both times, and waits for a chain that may not be written to yet")
    func clockStep() throws {
        let hands = Hands()
        let rig = try DeskRig()
        rig.clock = { hands.reading }
        try start(rig)
        rig.order(.faultLatched(.pilotStale), DeskRig.reading(1, 0))
        try rig.restart()
        try rig.desk.start(keysAreNew: false)
        hands.step(3_600_000)
        rig.desk.rest()
        hands.pass(600_000)
        rig.desk.rest()
        #expect(try rig.kinds(.device) == [.genesis])
        rig.prove(.device)
        let step = try #require(try steps(rig).first)
        #expect(step.after.rawValue - (step.before?.rawValue ?? 0) == 3_600_000)
        #expect(step.after.rawValue == hands.reading.utc && step.source == .timeService)
        let time = try #require(try rig.desk.journal.records(of: .device).last).record.time
        #expect(time.utc == step.after && time.quality == .informative)
        #expect(time.monotonic == UInt64(hands.reading.sinceBoot))
        rig.prove(DeskRig.connector)
        hands.pass(60_000)
        rig.desk.rest()
        rig.order(.faultLatched(.diodeMissing), DeskRig.reading(1, 0))
        #expect(try rig.desk.journal.records(of: DeskRig.connector).last?.record.time.quality == .synchronised)
        #expect(try steps(rig).count == 1)
    }

    @Test("a step that nobody put on record before the stop is found in the records of the same boot, and only there")
    func clockStepBeforeStop() throws {
        let hands = Hands()
        let rig = try DeskRig()
        rig.clock = { hands.reading }
        try start(rig)
        hands.free()
        hands.step(-86_400_000)
        // The first record after it, and the stop before the step has settled.
        rig.order(.faultLatched(.pilotStale), DeskRig.reading(1, 0))
        #expect(try rig.desk.journal.records(of: DeskRig.connector).last?.record.time.quality == .informative)
        #expect(try steps(rig) == [])
        try start(rig)
        hands.pass(2_000)
        rig.desk.rest()
        let step = try #require(try steps(rig).first)
        #expect((step.before?.rawValue ?? 0) - step.after.rawValue == 86_400_000)
        #expect(step.source == .unknown)
        try start(rig)
        hands.pass(2_000)
        rig.desk.rest()
        #expect(try steps(rig).count == 1, "it is on record")
        // Another boot has another time since boot; nothing can be said.
        hands.step(86_400_000)
        try start(rig, boot: 10)
        hands.pass(2_000)
        rig.desk.rest()
        #expect(try steps(rig).count == 1)
    }

    private func steps(_ rig: DeskRig) throws -> [ClockStep] {
        try device(rig).compactMap { if case .clockStep(let step) = $0 { step } else { nil } }
    }

    // MARK: Faults

    @Test("a fault whose latch a restart clears is cleared on record, once; a weld is not")
    func clearedByRestart() throws {
        let rig = try DeskRig()
        try start(rig)
        for code in [FaultCode.contactorWelded, .pilotInvalid, .diodeMissing] {
            rig.order(.faultLatched(code), DeskRig.reading(1, 0))
        }
        rig.order(.faultCleared(.diodeMissing, by: .unplugged), DeskRig.reading(1, 0))
        // A stop before the record only delays it.
        try rig.restart()
        try rig.desk.start(keysAreNew: false)
        for _ in 0..<2 {
            try start(rig)
            let last = try #require(try rig.desk.journal.records(of: DeskRig.connector).last)
            #expect(last.record.sequence == 5)
            #expect(
                last.record.body
                    == .event(.faultCleared(FaultCleared(code: FaultCode.pilotInvalid.rawValue, by: .restart))))
        }
        #expect(try rig.first.restoredState().latched == [.contactorWelded])
    }

    /// Fails where the desk writes one cause for all, or names a technician without a certificate: no reader takes that.
    @Test(
        "the record says what cleared the fault",
        arguments: [
            (ChargeControl.FaultClearing.condition, SignedRecords.FaultClearing.condition), (.unplugged, .unplugged),
            (.powerCycle, .restart), (.localReset, .condition), (.technician, .condition),
        ])
    func clearedBy(clearing: ChargeControl.FaultClearing, by: SignedRecords.FaultClearing) throws {
        let rig = try DeskRig()
        try start(rig)
        rig.order(.faultLatched(.residualDirect), DeskRig.reading(1, 0))
        rig.order(.faultCleared(.residualDirect, by: clearing), DeskRig.reading(1, 0))
        let last = try #require(try rig.desk.journal.records(of: DeskRig.connector).last)
        #expect(
            last.record.body == .event(.faultCleared(FaultCleared(code: FaultCode.residualDirect.rawValue, by: by))))
    }
}

/// Clocks that a test moves by hand.
private final class Hands: Sendable {
    private let state = Mutex(
        ClockReading(utc: 1_790_000_000_000, sinceBoot: 1_000_000, kernel: .disciplined(maximumError: 1_000)))

    var reading: ClockReading { state.withLock { $0 } }

    func pass(_ milliseconds: Int64) {
        state.withLock {
            $0.utc += milliseconds
            $0.sinceBoot += milliseconds
        }
    }

    func step(_ milliseconds: Int64) { state.withLock { $0.utc += milliseconds } }

    func free() { state.withLock { $0.kernel = .free } }
}
