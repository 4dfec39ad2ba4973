import ChargeControl
import DeviceKeys
import Foundation
import Journal
import SignedRecords
import SimulatedDisk
import Testing

@testable import Firmware
@testable import PlatformLink

@Suite("A change of the device's keys")
struct KeyChangeTests {
    private func started(seed: UInt64 = 1) throws -> PowerCutRig {
        let rig = try PowerCutRig(seed: seed)
        try rig.start()
        rig.prove(absent: true)
        _ = try rig.note(.connector(1))
        return rig
    }

    @Test("the new epoch signs from then on, the old key is destroyed once the ledger has the record")
    func change() throws {
        let rig = try started()
        let device = rig.desk.device
        #expect(try rig.desk.changeKeys() == 2)
        #expect(try rig.kinds(.device) == [.genesis, .keyChange])
        #expect(try rig.note(.connector(1)).record.keyEpoch == 2)
        #expect(try rig.note(.device).record.keyEpoch == 2)
        #expect(try rig.vault.epochs() == [1, 2])
        #expect(throws: RecordDesk.Refusal.self) { try rig.desk.changeKeys() }
        try rig.acknowledge()
        #expect(try rig.vault.epochs() == [2])
        // The device keeps its name, which is its first key's.
        rig.cut()
        try rig.start()
        #expect(rig.desk.device == device && rig.desk.keys.epoch == 2)
        #expect(rig.desk.keys.publicKeys.deviceID != device)
        rig.prove()
        #expect(try rig.desk.changeKeys() == 3)
        try rig.verify()
    }

    @Test("an acknowledgement of what came before destroys nothing")
    func earlierAcknowledgement() throws {
        let rig = try started()
        let genesis = try #require(rig.desk.journal.head(of: .device))
        _ = try rig.desk.changeKeys()
        try rig.desk.journal.acknowledge(chain: .device, sequence: genesis.sequence, hash: genesis.hash)
        rig.desk.handle(.acknowledged(.device, through: genesis.sequence))
        #expect(try rig.vault.epochs() == [1, 2])
    }

    @Test("keys change between sessions only, on chains whose heads are proved, never on a barred device")
    func refusals() throws {
        let rig = try PowerCutRig(seed: 2)
        try rig.start()
        #expect(throws: RecordDesk.Refusal.self) { try rig.desk.changeKeys() }
        rig.prove(absent: true)
        let begun = try DeskRig()
        _ = try RecordDeskTests().begun(begun)
        #expect(throws: RecordDesk.Refusal(words: "a session is open on connector 1")) { try begun.desk.changeKeys() }
        try begun.restart()
        try begun.desk.start(keysAreNew: false)
        begun.prove(.device)
        begun.prove(DeskRig.connector)
        #expect(throws: RecordDesk.Refusal(words: "a session is open on connector 1")) { try begun.desk.changeKeys() }
        #expect(try begun.kinds(.device) == [.genesis])
        rig.desk.connectors[1].raise(.orders("test"))
        #expect(throws: RecordDesk.Refusal.self) { try rig.desk.changeKeys() }
        rig.desk.raise(.records("test"))
        #expect(throws: SaleBar.self) { try rig.desk.changeKeys() }
        #expect(try rig.kinds(.device) == [.genesis])
    }

    @Test("destroyed keys sign nothing more, and the device sells nothing; what is on record stays")
    func destruction() throws {
        let rig = try started()
        _ = try rig.desk.changeKeys()
        try rig.desk.destroyKeys()
        #expect(try rig.vault.epochs().isEmpty)
        #expect(rig.desk.bar == .records("the device's keys were destroyed"))
        #expect(throws: (any Error).self) { try rig.note(.connector(1)) }
        #expect(throws: SaleBar.self) { try rig.desk.changeKeys() }
        #expect(try rig.kinds(.device) == [.genesis, .keyChange])
        // Once more does no harm: an end that power cut off is gone on with.
        try rig.desk.destroyKeys()
    }

    @Test("keys are destroyed between sessions only; a barred device may be taken out of the world")
    func destructionRefused() throws {
        let begun = try DeskRig()
        _ = try RecordDeskTests().begun(begun)
        #expect(throws: RecordDesk.Refusal(words: "a session is open on connector 1")) { try begun.desk.destroyKeys() }
        #expect(begun.desk.bar == nil)
        let rig = try started(seed: 3)
        rig.desk.connectors[1].raise(.orders("test"))
        try rig.desk.destroyKeys()
        #expect(try rig.vault.epochs().isEmpty)
    }

    @Test("a session before and one after: each begin carries the epoch behind the record of chain 0 that it names")
    func sessions() throws {
        let rig = try DeskRig()
        func session(_ name: UInt8) throws {
            rig.desk.handle(.grant(DeskRig.connector, try rig.grant(5_000_000, name: name)))
            try rig.look()
            let slot = try #require(RecordDeskTests().authorizations(rig.told()).first?.slot)
            let reading = DeskRig.reading(1, 1_000_000)
            rig.order(.begin(DeskRig.mark(slot, number: 1, register: 1_000_000, energy: 0)), reading)
            rig.order(
                .end(
                    DeskRig.mark(slot, number: 1, register: 1_000_000, energy: 0), reason: .unplugged, fault: nil,
                    ticks: 0, isFinalReading: true), reading)
            _ = rig.told()
        }
        try rig.bringUp()
        try session(6)
        // What the ledger still waits for was signed by the old key; that does not hold a change up.
        #expect(try rig.desk.changeKeys() == 2)
        for chain in [ChainNumber.device, DeskRig.connector] {
            let head = try #require(rig.desk.journal.head(of: chain))
            try rig.desk.journal.acknowledge(chain: chain, sequence: head.sequence, hash: head.hash)
        }
        try session(7)
        #expect(try rig.kinds() == [.begin, .end, .begin, .end])
        let records = try rig.desk.journal.records(of: DeskRig.connector)
        #expect(records.map(\.record.keyEpoch) == [1, 1, 2, 2])
        guard case .begin(let begin) = records[2].record.body else { return #expect(Bool(false)) }
        #expect(begin.deviceHeadSequence == 2)
        try RecordDeskTests().verify(rig)
    }

    @Test(
        "a power cut right after any step of the keys is made good by the next start",
        arguments: StoppingKeys.Step.allCases)
    func stopAfterKeyStep(step: StoppingKeys.Step) throws {
        let rig = try PowerCutRig(seed: 3)
        rig.wrap = { StoppingKeys($0, after: step) }
        try rig.start()
        rig.prove(absent: true)
        _ = try? rig.desk.changeKeys()
        try? rig.acknowledge()
        rig.cut()
        rig.wrap = { $0 }
        try recover(rig)
    }

    @Test("a power cut at any disk operation of a change", arguments: [4, 5, 6] as [UInt64])
    func stopAtDiskOperation(seed: UInt64) throws {
        var offset = 1
        while true {
            let rig = try started(seed: seed)
            rig.disk.faults[rig.disk.operations + offset] = .stop
            var isWhole = false
            do {
                _ = try rig.desk.changeKeys()
                try rig.acknowledge()
                isWhole = !rig.disk.isStopped
            } catch is SaleBar {
            } catch is JournalError {
            }
            rig.cut()
            try recover(rig)
            if isWhole { break }
            offset += 1
        }
        #expect(offset > 2, "the change asks the disk for something")
    }

    /// The next start: the journal's epoch is in force, everything verifies, and a change can be carried through.
    private func recover(_ rig: PowerCutRig) throws {
        try rig.start()
        #expect(rig.desk.bar == nil)
        rig.prove()
        let changes = try rig.kinds(.device).filter { $0 == .keyChange }.count
        #expect(rig.desk.keys.epoch == UInt32(1 + changes))
        _ = try rig.note(.connector(1))
        if changes == 0 { #expect(try rig.desk.changeKeys() == 2) }
        _ = try rig.note(.device)
        _ = try rig.note(.connector(2))
        try rig.acknowledge()
        #expect(try rig.vault.epochs() == [2])
        try rig.verify()
        // The genesis record is found whatever stands behind it.
        #expect(try JournalReader.genesis(storage: rig.disk)?.record.device == rig.desk.device)
    }

    @Test("keys that are not the records' stop the sale")
    func foreignKeys() throws {
        let rig = try started()
        _ = try rig.desk.changeKeys()
        try rig.acknowledge()
        rig.cut()
        // The key folder of an earlier day: the epoch in force is gone.
        try rig.loseEpoch(2)
        #expect(throws: SaleBar.self) { try rig.start() }
    }
}
