import DeviceKeys
import Journal
import PlatformLink
import Quantities
import SignedRecords
import SimulatedDisk
import Synchronization
import Testing

@testable import ChargeControl
@testable import Firmware

/// Records that come together share a flush, and lose nothing by it.
@Suite("Records that share a flush")
struct GroupCommitTests {
    private func latch(_ rig: DeskRig, _ connector: Int, _ code: FaultCode) {
        rig.order(.faultLatched(code), DeskRig.reading(2, 0), connector: connector)
    }

    private func published(_ rig: DeskRig) -> Int { rig.published.count.load(ordering: .relaxed) }

    @Test("the faults of three connectors are one write, durable and published once at the end")
    func oneFlush() throws {
        let rig = try DeskRig(connectors: 3)
        try rig.bringUp()
        let (flushes, told) = (rig.desk.journal.statistics.flushes, published(rig))
        rig.desk.grouping {
            for connector in 1...3 { latch(rig, connector, .pilotInvalid) }
            latch(rig, 1, .pilotStale)
            // Nobody knows of them before they are durable.
            #expect(published(rig) == told)
            #expect(rig.desk.journal.statistics.flushes == flushes)
        }
        #expect(rig.desk.journal.statistics.flushes == flushes + 1)
        #expect(published(rig) == told + 1)
        for connector in 1...3 as ClosedRange<UInt32> {
            #expect(try rig.kinds(.connector(connector)).count == (connector == 1 ? 2 : 1))
        }
        try rig.restart()
        #expect(try rig.kinds(.connector(1)) == [.event, .event])
    }

    @Test("what something waits for is durable at once, behind what was staged before it")
    func beginIsDurable() throws {
        let rig = try DeskRig(connectors: 2)
        try rig.bringUp()
        rig.desk.handle(.grant(DeskRig.connector, try rig.grant(5_000_000)))
        try rig.look()
        let slot = try #require(
            rig.told().compactMap { if case .authorization(let grant) = $0 { grant.slot } else { nil } }.first)
        rig.desk.grouping {
            latch(rig, 1, .pilotStale)
            latch(rig, 2, .pilotStale)
            rig.order(
                .begin(DeskRig.mark(slot, number: 1, register: 1_000_000, energy: 0)), DeskRig.reading(1, 1_000_000))
            #expect(rig.told().contains { if case .beginDurable = $0 { true } else { false } })
            #expect((try? rig.kinds()) == [.event, .begin])
            rig.tick(slot)
            #expect((try? rig.kinds()) == [.event, .begin])
        }
        #expect(try rig.kinds() == [.event, .begin, .tick])
        #expect(try rig.kinds(.connector(2)) == [.event])
        try RecordDeskTests().verify(rig)
    }

    @Test("more records of one chain than the signer holds as pending are written in between")
    func moreThanPending() throws {
        let rig = try DeskRig()
        try rig.bringUp()
        let flushes = rig.desk.journal.statistics.flushes
        rig.desk.grouping { for _ in 0..<2 * PendingRecords.limit + 1 { latch(rig, 1, .pilotStale) } }
        #expect(rig.desk.bar == nil)
        #expect(try rig.kinds().count == 2 * PendingRecords.limit + 1)
        #expect(rig.desk.journal.statistics.flushes == flushes + 3)
    }

    @Test("a signer that ends while records are staged costs none: they are made durable, and it goes on behind them")
    func signerRestarts() throws {
        let rig = try DeskRig(connectors: 2)
        try rig.bringUp()
        rig.desk.grouping {
            latch(rig, 1, .pilotStale)
            latch(rig, 2, .pilotStale)
            try? rig.signer?.restart()
            latch(rig, 1, .pilotInvalid)
        }
        #expect(rig.desk.bar == nil)
        #expect(try rig.kinds() == [.event, .event] && rig.kinds(.connector(2)) == [.event])
        try RecordDeskTests().verify(rig)
    }

    @Test("a failed write of a group costs nothing: the same bytes go into a fresh segment")
    func resumes() throws {
        let disk = SimulatedDisk(seed: 3)
        let rig = try DeskRig(connectors: 3, disk: disk)
        try rig.bringUp()
        let told = published(rig)
        disk.faults[disk.operations + 2] = .failure(5)
        rig.desk.grouping { for connector in 1...3 { latch(rig, connector, .pilotStale) } }
        #expect(rig.desk.bar == nil && rig.status.current.records.resumes == 1)
        #expect(published(rig) == told + 1)
        disk.cutPower()
        try rig.restart()
        for connector in 1...3 as ClosedRange<UInt32> { #expect(try rig.kinds(.connector(connector)) == [.event]) }
    }

    @Test("a group that cannot be written is published by nobody, and nothing is sold")
    func bars() throws {
        let disk = SimulatedDisk(seed: 4)
        let rig = try DeskRig(connectors: 2, disk: disk)
        try rig.bringUp()
        let told = published(rig)
        for number in 2...20 { disk.faults[disk.operations + number] = .failure(5) }
        rig.desk.grouping { for connector in 1...2 { latch(rig, connector, .pilotStale) } }
        #expect(rig.desk.bar != nil && published(rig) == told)
        #expect(rig.told(2).contains { if case .recordStore(.failed) = $0 { true } else { false } })
        // Nothing of it is written later, either.
        disk.faults = [:]
        rig.desk.grouping { latch(rig, 1, .pilotInvalid) }
        #expect(try rig.kinds() == [] && published(rig) == told)
    }

    @Test("the power fails at each operation of a group: a prefix of it stands, and it is the one that was signed")
    func cuts() throws {
        for operation in 1...3 {
            for seed in 1...8 as ClosedRange<UInt64> {
                let disk = SimulatedDisk(seed: seed)
                let rig = try DeskRig(connectors: 2, disk: disk)
                try rig.bringUp()
                let told = published(rig)
                disk.faults[disk.operations + operation] = .stop
                rig.desk.grouping {
                    for connector in 1...2 { latch(rig, connector, .pilotStale) }
                    latch(rig, 1, .pilotInvalid)
                }
                let isPublished = published(rig) > told
                disk.cutPower()
                try rig.restart()
                let counts = try [1, 2].map { try rig.kinds(.connector($0)).count }
                #expect(!isPublished || counts == [2, 1], "operation \(operation), seed \(seed)")
                // In the order of writing: the second of connector 1 never without the one of connector 2.
                #expect(counts[0] < 2 || counts[1] == 1, "operation \(operation), seed \(seed)")
                #expect(counts[1] == 0 || counts[0] >= 1, "operation \(operation), seed \(seed)")
            }
        }
    }
}
