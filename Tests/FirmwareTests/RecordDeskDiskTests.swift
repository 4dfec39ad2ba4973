import Journal
import Quantities
import SignedRecords
import SimulatedDisk
import Synchronization
import Testing

@testable import ChargeControl
@testable import Firmware

/// The record desk on a disk that fails, rots and fills.
@Suite("The record desk on a failing disk")
struct RecordDeskDiskTests {
    @Test("a failed write costs nothing: the same bytes go into a fresh segment, and only then the outside hears of it")
    func resumes() throws {
        let disk = SimulatedDisk(seed: 1)
        let rig = try DeskRig(disk: disk)
        try rig.bringUp()
        let head = rig.desk.journal.head(of: DeskRig.connector)?.sequence ?? 0
        let published = rig.published.count.load(ordering: .relaxed)
        disk.faults[disk.operations + 2] = .failure(5)
        rig.order(.faultLatched(.pilotInvalid), DeskRig.reading(2, 0))
        #expect(rig.desk.bar == nil)
        #expect(rig.desk.journal.head(of: DeskRig.connector)?.sequence == head + 1)
        #expect(rig.published.count.load(ordering: .relaxed) == published + 1)
        #expect(rig.status.current.records.resumes == 1)
        #expect(try disk.names().contains("segment-0000000000000002.evj"))
        disk.cutPower()
        try rig.restart()
        #expect(rig.desk.journal.head(of: DeskRig.connector)?.sequence == head + 1)
    }

    @Test("where the fresh segment fails too, nothing is published and nothing is sold")
    func bars() throws {
        let disk = SimulatedDisk(seed: 2)
        let rig = try DeskRig(disk: disk)
        try rig.bringUp()
        let before = rig.desk.journal.head(of: DeskRig.connector)
        let published = rig.published.count.load(ordering: .relaxed)
        for number in 2...20 { disk.faults[disk.operations + number] = .failure(5) }
        rig.order(.faultLatched(.pilotInvalid), DeskRig.reading(2, 0))
        #expect(rig.desk.bar != nil)
        #expect(rig.desk.journal.head(of: DeskRig.connector) == before)
        #expect(rig.published.count.load(ordering: .relaxed) == published)
        #expect(rig.told().contains { if case .recordStore(.failed) = $0 { true } else { false } })
    }

    @Test("a slot that rotted in an older segment stops the sale and is named")
    func scrubs() throws {
        let disk = SimulatedDisk(seed: 3)
        let rig = try DeskRig(disk: disk)
        try rig.bringUp()
        while try !disk.names().contains("segment-0000000000000003.evj") {
            rig.order(.faultLatched(.pilotInvalid), DeskRig.reading(2, 0))
            rig.desk.rest()
        }
        disk.rot("segment-0000000000000001.evj", byte: 9 * 512 + 100, bit: 1)
        rig.desk.scrubbedAt = nil
        rig.desk.rest()
        #expect(rig.desk.bar != nil)
        #expect(rig.status.current.records.problem.contains("segment 1, slot 9"))
        #expect(rig.told().contains { if case .recordStore(.failed) = $0 { true } else { false } })
    }

    @Test("scrubbing reads one segment, and not again before its time; an error must come twice")
    func scrubsSlowly() throws {
        let disk = SimulatedDisk(seed: 4)
        let rig = try DeskRig(disk: disk)
        try rig.bringUp()
        while try !disk.names().contains("segment-0000000000000003.evj") {
            rig.order(.faultLatched(.pilotInvalid), DeskRig.reading(2, 0))
            rig.desk.rest()
        }
        rig.desk.scrubbedAt = nil
        var before = disk.readBytes
        rig.desk.rest()
        #expect(disk.readBytes - before <= 65_536)
        #expect(disk.readBytes - before > 32_768)
        before = disk.readBytes
        rig.desk.rest()
        #expect(disk.readBytes == before)
        disk.unreadable = ["segment-0000000000000001.evj": [5 * 512], "segment-0000000000000002.evj": [5 * 512]]
        rig.desk.scrubbedAt = nil
        rig.desk.rest()
        #expect(rig.desk.bar == nil)
        rig.desk.scrubbedAt = nil
        rig.desk.rest()
        #expect(rig.desk.bar != nil)
    }

    @Test("the control core hears that the journal is nearly full while all that runs can still be ended")
    func nearlyFull() throws {
        let disk = SimulatedDisk(seed: 5)
        let rig = try DeskRig(disk: disk)
        try rig.bringUp()
        _ = rig.told()
        // The ledger takes nothing: the journal fills up.
        var written = 0
        var told: Int?
        while rig.desk.bar == nil, written < 5_000 {
            rig.order(.faultLatched(.pilotInvalid), DeskRig.reading(2, 0))
            written += 1
            rig.desk.rest()
            let isTold = rig.told().contains { if case .recordStore(.nearlyFull) = $0 { true } else { false } }
            if isTold, told == nil {
                told = written
                #expect(rig.desk.journal.freeRecords < rig.desk.reserveForEnding)
                #expect(rig.desk.journal.freeRecords + 1 >= rig.desk.reserveForEnding)
                #expect(rig.status.current.records.isNearlyFull)
            }
        }
        // From the warning on, the whole reserve and the journal's own still went in.
        let warned = try #require(told)
        #expect(written - warned >= rig.desk.reserveForEnding)
    }
}
