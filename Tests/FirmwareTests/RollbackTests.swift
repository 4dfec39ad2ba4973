import ChargeControl
import Journal
import Ledger
import Metering
import Quantities
import SignedRecords
import Testing

@testable import Firmware
@testable import PlatformLink

/// A storage that was set back, and a storage that was copied, before the real ledger transition.
@Suite("A restored image and a clone")
struct RollbackTests {
    private static let connector = DeskRig.connector

    /// A device with a session of one tick on the ledger, and an image from before its begin.
    private func sold() throws -> (rig: DeskRig, ledger: DeskLedger, image: String) {
        let rig = try DeskRig()
        try rig.bringUp()
        let ledger = try DeskLedger(rig)
        try ledger.prove()
        rig.order(.faultLatched(.pilotStale), DeskRig.reading(1, 0))
        try ledger.sendAll()
        let image = try rig.saveImage()
        let slot = try begin(rig, try ledger.grant(5_000_000))
        rig.tick(slot)
        try ledger.sendAll()
        #expect(try ledger.head(Self.connector)?.sequence == 3)
        return (rig, ledger, image)
    }

    private func begin(_ rig: DeskRig, _ grant: ProvedGrant) throws -> UInt32 {
        rig.desk.handle(.grant(Self.connector, grant))
        try rig.look()
        let slot = try #require(rig.first.offered).slot
        rig.order(.begin(DeskRig.mark(slot, number: 1, register: 1_000_000, energy: 0)), DeskRig.reading(1, 1_000_000))
        #expect(rig.first.sale != nil)
        return slot
    }

    /// Starts the device again, up to the proof of its heads.
    private func start(_ rig: DeskRig, _ ledger: DeskLedger) throws {
        try rig.restart()
        try rig.desk.start(keysAreNew: false)
        try ledger.prove()
        rig.first.handle(.identified(DeskRig.meter, generation: 1))
        rig.read(1...3, 2_200_000)
    }

    @Test("a restored image is told of behind the proved head, sells nothing, over restarts, and is called no fraud")
    func restored() throws {
        let (rig, ledger, image) = try sold()
        try rig.restoreImage(image)
        try start(rig, ledger)
        let chain = try rig.desk.journal.records(of: Self.connector)
        #expect(chain.map(\.record.sequence) == [1, 4, 5])
        guard case .rollbackDetected(let body) = chain[1].record.body else {
            Issue.record("no rollback record")
            return
        }
        #expect(
            body
                == RollbackDetected(journalSequence: 1, journalHash: chain[0].hash, provedSequence: 3, ledgerHeight: 7))
        #expect(try chain[1].record.previous == ledger.head(Self.connector)?.hash)
        #expect(ledger.isSessionOpen(Self.connector))
        // The ledger takes it, and what follows, like any record.
        try ledger.sendAll()
        #expect(try ledger.head(Self.connector)?.sequence == 5)
        #expect(try ledger.equivocation(Self.connector) == nil)
        #expect(!ledger.isSessionOpen(Self.connector), "nobody can end that session any more")
        #expect(rig.desk.journal.acknowledged(of: Self.connector) == 5)
        for _ in 0..<2 {
            rig.desk.handle(.grant(Self.connector, try rig.grant(5_000_000)))
            try rig.look()
            #expect(rig.first.offered == nil)
            #expect(rig.desk.bar == nil)
            #expect(rig.status.current.records.problem.contains("restored image"))
            // Faults are still put on record.
            rig.order(.faultLatched(.pilotInvalid), DeskRig.reading(1, 0))
            try ledger.sendAll()
            try start(rig, ledger)
        }
        let messages = try rig.desk.chains.flatMap { try rig.desk.journal.records(of: $0) }
        #expect(try ExportVerifier.verify(messages.flatMap(\.message)).records == messages.count)
    }

    @Test("a stop before the rollback's record, before it is sent, or before its proof only delays it")
    func stopped() throws {
        let (rig, ledger, image) = try sold()
        // The journal refuses: nothing is written.
        try rig.restoreImage(image)
        try rig.restart()
        try rig.desk.start(keysAreNew: false)
        rig.desk.raise(.records("test"))
        let head = try #require(try ledger.head(Self.connector))
        rig.desk.handle(.rollbackDetected(Self.connector, proved: head, journalHead: 1, height: 7))
        #expect(try rig.kinds() == [.event])
        // Written, and stopped before it was sent.
        try start(rig, ledger)
        let kinds: [RecordKind] = [.event, .rollbackDetected, .event]
        #expect(try rig.kinds() == kinds)
        try start(rig, ledger)
        #expect(try rig.kinds() == kinds)
        // Sent, and stopped before that was proved.
        let unsent = try rig.desk.journal.unacknowledged(of: Self.connector, limit: 9)
        #expect(unsent.map(\.record.sequence) == [4, 5])
        #expect(try ledger.take(unsent).code == 0)
        try start(rig, ledger)
        #expect(try rig.kinds() == kinds)
        #expect(rig.desk.journal.acknowledged(of: Self.connector) == 5)
        #expect(rig.first.offered == nil && rig.desk.rollback != nil && rig.desk.bar == nil)
    }

    @Test("the same image restored twice is told of twice, behind what the first time said")
    func twice() throws {
        let (rig, ledger, image) = try sold()
        for expected in [[1, 4, 5], [1, 6, 7]] as [[UInt64]] {
            try rig.restoreImage(image)
            try start(rig, ledger)
            #expect(try rig.desk.journal.records(of: Self.connector).map(\.record.sequence) == expected)
            try ledger.sendAll()
        }
        #expect(try ledger.equivocation(Self.connector) == nil)
        #expect(try ledger.head(Self.connector)?.sequence == 7)
    }

    @Test("a session that the restored image holds as open is abandoned: nobody ends it at a register of today")
    func openInImage() throws {
        let rig = try DeskRig()
        try rig.bringUp()
        let ledger = try DeskLedger(rig)
        try ledger.prove()
        let slot = try begin(rig, try ledger.grant(5_000_000))
        try ledger.sendAll()
        let image = try rig.saveImage()
        rig.tick(slot)
        rig.order(
            .end(
                DeskRig.mark(slot, number: 4, register: 2_500_000, energy: 1_500_000), reason: .unplugged, fault: nil,
                ticks: 1, isFinalReading: true), DeskRig.reading(4, 2_500_000))
        let session = try #require(try rig.desk.journal.records(of: Self.connector).last?.record.body.session)
        try ledger.sendAll()
        try rig.restoreImage(image)
        try start(rig, ledger)
        #expect(try rig.kinds() == [.begin, .rollbackDetected])
        #expect(rig.first.interrupted == nil)
        try ledger.sendAll()
        let settlement = try #require(try ledger.settlement(session))
        #expect(settlement.energy == MilliwattHours(1_500_000) && settlement.paid == Microunits(1_500_000))
    }

    @Test("chain 0 set back: told of in chain 0, with the journal's place")
    func deviceChain() throws {
        let rig = try DeskRig()
        rig.configuration = [ConfigurationSubject(name: "limits", digest: ContentHash(hashing: [1]))]
        try rig.restart()
        try rig.desk.start(keysAreNew: true)
        let image = try rig.saveImage()
        let ledger = try DeskLedger(rig)
        try ledger.prove()
        rig.configuration = [ConfigurationSubject(name: "limits", digest: ContentHash(hashing: [2]))]
        try start(rig, ledger)
        try ledger.sendAll()
        #expect(try ledger.head(.device)?.sequence == 3)
        try rig.restoreImage(image)
        try start(rig, ledger)
        // Behind it the configuration is stated again, as the journal does not know better.
        #expect(try rig.desk.journal.records(of: .device).map(\.record.sequence) == [1, 2, 4, 5])
        #expect(try rig.kinds(.device) == [.genesis, .event, .rollbackDetected, .event])
        try ledger.sendAll()
        #expect(try ledger.equivocation(.device) == nil)
        #expect(rig.first.offered == nil)
    }

    @Test(
        "a clone is told from a restored image: two contents for one number bar it, and the ledger keeps the evidence")
    func clone() throws {
        let rig = try DeskRig()
        try rig.bringUp()
        let ledger = try DeskLedger(rig)
        try ledger.prove()
        try ledger.sendAll()
        let image = try rig.saveImage()
        rig.order(.faultLatched(.pilotStale), DeskRig.reading(1, 0))
        try ledger.sendAll()
        let theirs = try #require(try rig.desk.journal.records(of: Self.connector).last)
        // The twin wrote its own record 1 before it heard of the other.
        try rig.restoreImage(image)
        try rig.restart()
        try rig.desk.start(keysAreNew: false)
        rig.desk.handle(.provedHead(.device, try ledger.head(.device)))
        rig.desk.handle(.provedHead(Self.connector, nil))
        rig.order(.faultLatched(.pilotInvalid), DeskRig.reading(1, 0))
        let ours = try #require(try rig.desk.journal.records(of: Self.connector).last)
        #expect(ours.hash != theirs.hash && ours.record.sequence == theirs.record.sequence)
        try ledger.prove()
        #expect(rig.desk.bar == .equivocation(chain: Self.connector, sequence: 1))
        #expect(try ledger.take([ours]).code != 0)
        #expect(
            try ledger.equivocation(Self.connector)
                == Equivocation(sequence: 1, accepted: theirs.hash, other: ours.message))
        rig.order(.faultLatched(.diodeMissing), DeskRig.reading(1, 0))
        #expect(try rig.kinds() == [.event], "a barred device writes nothing more")
    }
}
